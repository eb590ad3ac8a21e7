import type { FieldError } from "../field-error.ts";
import type { JsonObject } from "../json.ts";
import type { SchemaNode } from "../schema-node.ts";

/** A CustomResourceDefinition made ready for use. Compiled once per change of its spec. */
export interface CompiledCrd {
  readonly group: string;
  readonly names: CrdNames;
  readonly namespaced: boolean;
  readonly storageVersion: string;
  readonly versions: ReadonlyMap<string, CompiledVersion>;
}

export interface CrdNames {
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

export interface CompiledVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  /** The text of the Warning header, when the version is deprecated. */
  readonly deprecationWarning?: string | undefined;
  readonly schema: SchemaNode;
  /** The schema with apiVersion, kind, metadata and embedded resources filled in: for patches, apply, unknown fields. */
  readonly typeSchema: SchemaNode;
  readonly statusSubresource: boolean;
  readonly scale?: ScalePaths | undefined;
  /** Without `Name`, which every table begins with. `Age` is in it when the CRD declares no columns. */
  readonly columns: readonly TableColumn[];
  /** Field paths that `fieldSelector` may name, beside metadata.name and metadata.namespace: `spec.color`. */
  readonly selectableFields: readonly string[];

  /** Fills in defaults, in place. Call it on what comes in and on what is read from the store. */
  default(object: JsonObject): void;
  /** Removes fields without a schema, in place. Returns their paths (`spec.foo`, `spec.list[0].bar`). */
  prune(object: JsonObject): readonly string[];
  /** All of OpenAPI and CEL. With `old`: transition rules and ratcheting. Empty when the object is valid. */
  validate(object: JsonObject, old?: JsonObject): readonly FieldError[];
  /** As `validate`, for writes to the status sub-resource: only what lies below `status` counts. */
  validateStatus(object: JsonObject, old?: JsonObject): readonly FieldError[];
}

/** JSONPaths without braces: `.spec.replicas`. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string | undefined;
}

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  /** The cell as a Table row carries it: string, number, boolean or null. Dates as kubectl shows them (`5m`), so `now` in ms. */
  cell(object: JsonObject, now: number): string | number | boolean | null;
}
