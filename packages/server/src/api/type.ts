/**
 * TypeBox's builders as far as this API uses them: typed by TypeBox, made here. The whole of TypeBox costs a process 13 MB for what
 * comes out as plain JSON Schema; a test holds both to the same result.
 */
import type { Type as TypeBox } from "typebox";

type Builders = Pick<
  typeof TypeBox,
  "Array" | "Boolean" | "Integer" | "Null" | "Object" | "Optional" | "Record" | "String" | "Unknown" | "Unsafe"
>;

/** Schemas that may be left out of the object they are in. */
const optional = new WeakSet<object>();

const builders = {
  Array: (items: object, options = {}) => ({ type: "array", items, ...options }),
  Boolean: (options = {}) => ({ type: "boolean", ...options }),
  Integer: (options = {}) => ({ type: "integer", ...options }),
  Null: (options = {}) => ({ type: "null", ...options }),
  Object: (properties: Record<string, object>, options = {}) => {
    const required = Object.keys(properties).filter((name) => !optional.has(properties[name] ?? {}));
    return { type: "object", ...(required.length === 0 ? {} : { required }), properties, ...options };
  },
  Optional: (schema: object) => {
    const copy = { ...schema };
    optional.add(copy);
    return copy;
  },
  Record: (_key: object, value: object, options = {}) => ({
    type: "object",
    patternProperties: { "^.*$": value },
    ...options,
  }),
  String: (options = {}) => ({ type: "string", ...options }),
  Unknown: (options = {}) => options,
  Unsafe: (schema: object) => schema,
};

export const Type = builders as unknown as Builders;
