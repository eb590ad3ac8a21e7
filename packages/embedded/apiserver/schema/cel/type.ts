/** Types of CEL as the checker knows them. */
export type CelType =
  | {
      readonly kind:
        | "dyn"
        | "bool"
        | "int"
        | "uint"
        | "double"
        | "string"
        | "bytes"
        | "null"
        | "timestamp"
        | "duration"
        | "type";
    }
  | { readonly kind: "list"; readonly item: CelType }
  | { readonly kind: "map"; readonly key: CelType; readonly value: CelType }
  | { readonly kind: "optional"; readonly item: CelType }
  /** An object of a schema; fields by their escaped names. */
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, CelType> }
  /** quantity, url, ip, ... */
  | { readonly kind: "opaque"; readonly name: string }
  /** Stands for any type in a function's signature, the same one wherever the name comes again. */
  | { readonly kind: "parameter"; readonly name: string };

export const dyn: CelType = { kind: "dyn" };
export const bool: CelType = { kind: "bool" };
export const int: CelType = { kind: "int" };
export const uint: CelType = { kind: "uint" };
export const double: CelType = { kind: "double" };
export const string: CelType = { kind: "string" };
export const bytes: CelType = { kind: "bytes" };
export const nullType: CelType = { kind: "null" };
export const timestamp: CelType = { kind: "timestamp" };
export const duration: CelType = { kind: "duration" };
export const typeType: CelType = { kind: "type" };

export function listOf(item: CelType): CelType {
  return { kind: "list", item };
}

export function mapOf(key: CelType, value: CelType): CelType {
  return { kind: "map", key, value };
}

export function optionalOf(item: CelType): CelType {
  return { kind: "optional", item };
}

export function opaque(name: string): CelType {
  return { kind: "opaque", name };
}

export function parameter(name: string): CelType {
  return { kind: "parameter", name };
}

/** As error messages show it. */
export function printType(type: CelType): string {
  switch (type.kind) {
    case "list":
      return `list(${printType(type.item)})`;
    case "map":
      return `map(${printType(type.key)}, ${printType(type.value)})`;
    case "optional":
      return `optional_type(${printType(type.item)})`;
    case "opaque":
      return type.name;
    case "parameter":
      return type.name;
    case "timestamp":
    case "duration":
      return `google.protobuf.${type.kind === "timestamp" ? "Timestamp" : "Duration"}`;
    case "object":
      return "object";
    default:
      return type.kind;
  }
}

export type Bindings = Map<string, CelType>;

/** Whether a value of type `given` may be used as `wanted`. Binds type parameters of `wanted`. */
export function fits(given: CelType, wanted: CelType, bindings: Bindings): boolean {
  if (wanted.kind === "parameter") {
    const bound = bindings.get(wanted.name);
    if (bound === undefined || bound.kind === "dyn") {
      bindings.set(wanted.name, given);
      return true;
    }
    return fits(given, bound, bindings) || widens(bound, given, wanted.name, bindings);
  }
  if (given.kind === "dyn" || wanted.kind === "dyn") return true;
  if (given.kind === "null") return wanted.kind === "null" || !isPlain(wanted);
  if (given.kind !== wanted.kind) {
    // Objects of a schema are maps at run time, but only dyn code may treat them so.
    return false;
  }
  switch (given.kind) {
    case "list":
      return wanted.kind === "list" && fits(given.item, wanted.item, bindings);
    case "optional":
      return wanted.kind === "optional" && fits(given.item, wanted.item, bindings);
    case "map":
      return (
        wanted.kind === "map" && fits(given.key, wanted.key, bindings) && fits(given.value, wanted.value, bindings)
      );
    case "opaque":
      return wanted.kind === "opaque" && given.name === wanted.name;
    case "object":
      return wanted.kind === "object" && sameFields(given.fields, wanted.fields);
    default:
      return true;
  }
}

/** Objects with the same fields are of one type; schemas are shared, so mostly the map is the same. */
function sameFields(a: ReadonlyMap<string, CelType>, b: ReadonlyMap<string, CelType>): boolean {
  if (a === b) return true;
  return a.size === b.size && [...a].every(([name, type]) => fits(type, b.get(name) ?? nullType, new Map()));
}

function widens(bound: CelType, given: CelType, name: string, bindings: Bindings): boolean {
  // `[]` and `{}` have items of an unknown type that a later argument may settle.
  if (!fits(bound, given, bindings)) return false;
  bindings.set(name, given);
  return true;
}

function isPlain({ kind }: CelType): boolean {
  return ["bool", "int", "uint", "double", "string", "bytes", "type"].includes(kind);
}

/** The type with its parameters replaced by what they were bound to. */
export function resolve(type: CelType, bindings: Bindings): CelType {
  switch (type.kind) {
    case "parameter":
      return bindings.get(type.name) ?? dyn;
    case "list":
      return listOf(resolve(type.item, bindings));
    case "optional":
      return optionalOf(resolve(type.item, bindings));
    case "map":
      return mapOf(resolve(type.key, bindings), resolve(type.value, bindings));
    default:
      return type;
  }
}

/** One type for both, dyn when they differ. */
export function join(a: CelType, b: CelType): CelType {
  if (fits(a, b, new Map())) return a.kind === "dyn" ? a : b;
  return fits(b, a, new Map()) ? a : dyn;
}
