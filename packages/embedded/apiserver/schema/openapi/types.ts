import type { CompiledCrd } from "../crd/index.ts";
import type { JsonObject } from "../json.ts";

/** A resource that the server serves: what discovery knows of it. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** status, scale, ... */
  readonly subresources: readonly string[];
  /** The CRD's own `spec.versions[].schema.openAPIV3Schema`, with descriptions. Undefined: a built-in kind. */
  readonly crd?: { readonly openAPIV3Schema: JsonObject | undefined; readonly compiled: CompiledCrd } | undefined;
}
