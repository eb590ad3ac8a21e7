/**
 * The vocabulary in which the kinds are declared: TypeBox schemas that carry the extra facts of a structural schema of Kubernetes
 * (list types, CEL rules, int-or-string). One declaration gives the TypeScript type, the CRD and the reference page.
 */
import type { TAddOptional, TRecord, TSchema, TString, TUnsafe } from "typebox";
import { Type } from "typebox";

/** A rule in the Common Expression Language, checked by the API server. */
export interface CelRule {
  readonly rule: string;
  /** What the user reads when the rule does not hold. Without it the API server shows the rule itself. */
  readonly message?: string;
}

interface Rules {
  readonly rules?: readonly CelRule[];
}

/** The same schema with a description. */
function described<T extends TSchema>(schema: T, description: string): T {
  return withKeyword(schema, "description", description);
}

/** Schemas are shared between places: a copy, never a change. */
function withKeyword<T extends TSchema>(schema: T, keyword: string, value: string): T {
  const copy = Object.create(Object.getPrototypeOf(schema), Object.getOwnPropertyDescriptors(schema)) as T;
  Object.defineProperty(copy, keyword, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** Names a type of Kubernetes, so that reference pages can say it instead of repeating its fields. */
export function named<T extends TSchema>(title: string, schema: T): T {
  return withKeyword(schema, "title", title);
}

/** A field that may be left out, with the sentence its readers see in `kubectl explain` and in the reference. */
export function field<T extends TSchema>(schema: T, description: string): TAddOptional<T> {
  return Type.Optional(described(schema, description));
}

/** A field that must be given. */
export function required<T extends TSchema>(schema: T, description: string): T {
  return described(schema, description);
}

/** A field of a Kubernetes type that may be left out; Kubernetes' own documentation describes it. */
export const optional = Type.Optional;

/** Fields by name. */
export const object = Type.Object;
/** True or false. */
export const boolean = Type.Boolean;
/** A whole number. */
export const integer = Type.Integer;

/** Integer of 32 bits. */
export const int32 = (options: { minimum?: number; maximum?: number; default?: number } = {}) =>
  Type.Integer({ format: "int32", ...options });

/** Integer of 64 bits. */
export const int64 = (options: { minimum?: number } = {}) => Type.Integer({ format: "int64", ...options });

/** What a text has to satisfy. */
export interface StringOptions extends Rules {
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly default?: string;
}

/** A text. */
export function string({ rules: wanted, ...options }: StringOptions = {}): TString {
  return Type.String({ ...options, ...rules(wanted) });
}

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[], options: { default?: T } = {}): TUnsafe<T> {
  return Type.Unsafe<T>({ type: "string", enum: words, ...options });
}

/** RFC 3339 time. */
export const time = () => Type.String({ format: "date-time" });

/** Any number of entries; replaced as a whole by whoever applies it. */
export const list = Type.Array;

/** Entries without meaning of their own: an apply owns the list as a whole. */
export const atomicList = <T extends TSchema>(items: T) => Type.Array(items, { "x-kubernetes-list-type": "atomic" });

/** Entries that occur once; several appliers may own some each. */
export const setList = <T extends TSchema>(items: T) => Type.Array(items, { "x-kubernetes-list-type": "set" });

/** Entries told apart by the given keys; several appliers may own some each. */
export function mapList<T extends TSchema>(
  items: T,
  keys: readonly string[] = ["name"],
  options: { minItems?: number } = {},
) {
  return Type.Array(items, { ...options, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys });
}

/** Free keys with values of one type. */
export function map<T extends TSchema>(values: T, options: Record<string, unknown> = {}): TRecord<"^.*$", T> {
  return Type.Record(Type.String(), values, options);
}

/** Texts by name. */
export const stringMap = () => map(Type.String());

/** Option of an object whose fields only make sense together: an apply owns it as a whole. */
export const atomic = { "x-kubernetes-map-type": "atomic" } as const;

/** Option of an object or map that holds CEL rules. */
export function rules(wanted: readonly CelRule[] | undefined): { "x-kubernetes-validations"?: readonly CelRule[] } {
  return wanted === undefined ? {} : { "x-kubernetes-validations": wanted };
}

const integerOrString = { anyOf: [{ type: "integer" }, { type: "string" }], "x-kubernetes-int-or-string": true };

/** A number or a string: a port or its name, a count or a percentage. */
export const intOrString = () => Type.Unsafe<number | string>(integerOrString);

/** The form of Kubernetes' quantities: an optional sign, a decimal number, a suffix (binary, decimal or exponent). */
export const QUANTITY_PATTERN =
  "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$";

/**
 * An amount such as `500m`, `2`, `1Gi`. On the wire a plain number is allowed too; the type says string, as Kubernetes' own types do,
 * because the engines bring a resource into canonical form (`canonicalQuantities` of @keelson/engine) before they read it.
 */
export const quantity = () => Type.Unsafe<string>({ ...integerOrString, pattern: QUANTITY_PATTERN });

/** An object whose fields nobody here knows: kept as it is. */
export const anything = () =>
  Type.Unsafe<Record<string, unknown>>({ type: "object", "x-kubernetes-preserve-unknown-fields": true });
