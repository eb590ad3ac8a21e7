/** The parts of an OpenAPI v3 definition that the tables keep. */
export interface OpenApiDefinition {
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, OpenApiDefinition>>;
  readonly additionalProperties?: OpenApiDefinition;
  readonly items?: OpenApiDefinition;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly allOf?: readonly OpenApiDefinition[];
  readonly $ref?: string;
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: string;
  readonly "x-kubernetes-patch-strategy"?: string;
  readonly "x-kubernetes-patch-merge-key"?: string;
  readonly "x-kubernetes-unions"?: unknown;
  readonly "x-kubernetes-group-version-kind"?: readonly { group: string; version: string; kind: string }[];
}

const specials: Readonly<Record<string, string>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": "q",
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "x",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "t",
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "u",
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "f",
  "io.k8s.apimachinery.pkg.apis.meta.v1.Patch": "o",
  "io.k8s.apimachinery.pkg.runtime.RawExtension": "w",
};

/** `io.k8s.api.core.v1.Pod` is `Pod` in the table `core.v1`. */
export function tableOf(definition: string): { table: string | undefined; short: string } {
  const match = /([a-z0-9]+\.v[a-z0-9]+)\.([A-Za-z0-9]+)$/.exec(definition);
  if (match === null || specials[definition] !== undefined) return { table: undefined, short: definition };
  return { table: match[1], short: match[2] ?? "" };
}

/** The letter or reference of the grammar in `../type-text.ts`. */
export function typeText(schema: OpenApiDefinition, table: string): string {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (reference !== undefined) return referenceText(reference.replace("#/components/schemas/", ""), table);
  if (schema.type === "array") return `[]${typeText(schema.items ?? {}, table)}`;
  if (schema.type === "object") {
    return schema.additionalProperties === undefined ? "o" : `{}${typeText(schema.additionalProperties, table)}`;
  }
  if (schema.type === "integer") return schema.format === "int32" ? "i" : "l";
  if (schema.type === "number") return "n";
  if (schema.type === "boolean") return "b";
  if (schema.type === "string") return schema.format === "byte" ? "y" : "s";
  return "a";
}

function referenceText(definition: string, table: string): string {
  const special = specials[definition];
  if (special !== undefined) return special;
  const target = tableOf(definition);
  if (target.table === undefined) throw new Error(`no table for ${definition}`);
  return target.table === table ? `@${target.short}` : `@${target.table}/${target.short}`;
}
