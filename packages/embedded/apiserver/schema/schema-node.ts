/**
 * One node of a type, built-in or from a CRD. Every reader (patches, apply, pruning, defaulting, validation, strict field
 * checking) walks the same shape. Nodes are immutable and shared: identical sub-schemas are one object.
 */
export interface SchemaNode {
  /** Undefined: any JSON value (also with `intOrString`: an integer or a string). */
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean" | undefined;
  readonly format?: string | undefined;
  readonly intOrString?: boolean | undefined;
  readonly nullable?: boolean | undefined;

  /** Fields with a schema of their own. With `additionalProperties` undefined other fields are unknown. */
  readonly properties?: ReadonlyMap<string, SchemaNode> | undefined;
  /** Schema of the values of a map. */
  readonly additionalProperties?: SchemaNode | undefined;
  readonly items?: SchemaNode | undefined;
  readonly required?: readonly string[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly default?: unknown;

  /** x-kubernetes-preserve-unknown-fields: fields without a schema are kept. */
  readonly preserveUnknownFields?: boolean | undefined;
  /** x-kubernetes-embedded-resource: a whole object with apiVersion, kind and metadata. */
  readonly embeddedResource?: boolean | undefined;

  /** x-kubernetes-list-type; undefined means atomic. */
  readonly listType?: "atomic" | "set" | "map" | undefined;
  readonly listMapKeys?: readonly string[] | undefined;
  /** x-kubernetes-map-type; undefined means granular. */
  readonly mapType?: "atomic" | "granular" | undefined;

  /** x-kubernetes-patch-strategy, for strategic merge patch. Built-in kinds only. */
  readonly patchStrategy?: readonly ("merge" | "replace" | "retainKeys")[] | undefined;
  readonly patchMergeKey?: string | undefined;

  /**
   * How a Go server prints the field. `empty`: left out when it says nothing (false, 0, "", [], {}); `absent`: only when it
   * was not given, so that an explicit "" stays; `never`: always printed. Built-in kinds only.
   */
  readonly omit?: "empty" | "absent" | "never" | undefined;
  /** The definition's name, when the node is the root of one (`io.k8s.api.core.v1.Pod`). Built-in kinds only. */
  readonly definition?: string | undefined;
  /** What only CRDs have: value validations and CEL rules. */
  readonly validation?: ValueValidation | undefined;
}

/** The OpenAPI v3 keywords that judge values without changing them. */
export interface ValueValidation {
  readonly title?: string | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly exclusiveMinimum?: boolean | undefined;
  readonly exclusiveMaximum?: boolean | undefined;
  readonly multipleOf?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly pattern?: string | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly uniqueItems?: boolean | undefined;
  readonly minProperties?: number | undefined;
  readonly maxProperties?: number | undefined;
  readonly allOf?: readonly SchemaNode[] | undefined;
  readonly anyOf?: readonly SchemaNode[] | undefined;
  readonly oneOf?: readonly SchemaNode[] | undefined;
  readonly not?: SchemaNode | undefined;
  readonly rules?: readonly ValidationRule[] | undefined;
}

/** One entry of x-kubernetes-validations. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string | undefined;
  readonly messageExpression?: string | undefined;
  readonly reason?: string | undefined;
  readonly fieldPath?: string | undefined;
  readonly optionalOldSelf?: boolean | undefined;
}

export interface GroupVersionKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}
