/** TypeBox schema -> structural schema of a CRD. */
import type { TSchema } from "typebox";

/** The part of JSON schema that Kubernetes takes in a CRD. */
export interface StructuralSchema {
  /** Name of the Kubernetes type. In reference pages only. */
  title?: string;
  description?: string;
  type?: string;
  format?: string;
  default?: unknown;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxProperties?: number;
  anyOf?: { type: string }[];
  items?: StructuralSchema;
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema;
  required?: string[];
  "x-kubernetes-int-or-string"?: true;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  "x-kubernetes-map-type"?: "atomic" | "granular";
  "x-kubernetes-preserve-unknown-fields"?: true;
  "x-kubernetes-validations"?: { rule: string; message?: string }[];
}

/** The order in which people read a field. Also the list of what is taken over. */
const KEYWORDS = [
  "description",
  "type",
  "format",
  "default",
  "enum",
  "pattern",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxProperties",
  "anyOf",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-list-type",
  "x-kubernetes-map-type",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
] as const satisfies readonly (keyof StructuralSchema)[];

/** What TypeBox writes and the CRD says in another way. */
interface TypeBoxSchema extends StructuralSchema {
  patternProperties?: Record<string, TypeBoxSchema>;
  properties?: Record<string, TypeBoxSchema>;
  items?: TypeBoxSchema;
}

/** What of a declaration is kept beside what a CRD needs. */
export interface StructuralOptions {
  /** Whether to keep the names of Kubernetes' types, which a CRD has no use for. */
  readonly titles?: boolean;
}

/** The declaration as the schema of a CRD, fields in alphabetical order. Throws when it uses a keyword that Kubernetes would not take, so that nothing is lost in silence. */
export function structuralSchema(schema: TSchema, { titles = false }: StructuralOptions = {}): StructuralSchema {
  return convert(schema as TypeBoxSchema, "");

  function convert(schema: TypeBoxSchema, path: string): StructuralSchema {
    const result: Record<string, unknown> = {};
    for (const keyword of KEYWORDS) {
      if (schema[keyword] !== undefined) result[keyword] = schema[keyword];
    }
    for (const [keyword, value] of Object.entries(schema)) {
      switch (keyword) {
        case "title":
          if (titles) result[keyword] = value;
          break;
        case "properties": {
          const fields = Object.entries(value as Record<string, TypeBoxSchema>).toSorted(([a], [b]) =>
            a < b ? -1 : 1,
          );
          result[keyword] = Object.fromEntries(
            fields.map(([name, field]) => [name, convert(field, `${path}.${name}`)]),
          );
          break;
        }
        case "patternProperties": {
          const [values] = Object.values(value as Record<string, TypeBoxSchema>);
          if (values !== undefined) result["additionalProperties"] = convert(values, `${path}.*`);
          break;
        }
        case "items":
          result[keyword] = convert(value as TypeBoxSchema, `${path}[]`);
          break;
        case "required":
          result[keyword] = (value as string[]).toSorted();
          break;
        default:
          if (!(keyword in result)) throw new TypeError(`${path}: a CRD has no keyword ${keyword}`);
      }
    }
    return result;
  }
}
