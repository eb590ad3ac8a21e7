/** The whole of a kind, from which its CRD and its reference page are made. */
import type { TSchema } from "typebox";
import type { KindDescriptor } from "./kind.ts";

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "date";
  readonly jsonPath: string;
  readonly description?: string;
}

/** Everything about one kind. `spec` and `status` are its schemas. */
export interface ResourceDefinition {
  readonly kind: KindDescriptor<unknown>;
  readonly shortNames: readonly string[];
  /** Labels of the CRD itself. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the kind is for: the first paragraph of its reference page and of `kubectl explain`. */
  readonly description: string;
  readonly spec: TSchema;
  readonly status: TSchema;
  readonly printerColumns: readonly PrinterColumn[];
}
