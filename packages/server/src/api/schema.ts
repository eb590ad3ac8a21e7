/** Two small additions to TypeBox: string enumerations and named references that keep their static type. */
import type { Static, TSchema } from "typebox";
import { Type } from "./type.ts";

/** A string that is one of `words`. */
export function oneOf<const Words extends string[]>(...words: Words) {
  return Type.Unsafe<Words[number]>({ type: "string", enum: words });
}

/** A reference to a schema that has an `$id`, so that the OpenAPI document names it once under components. */
export function ref<T extends TSchema>(schema: T) {
  const id = (schema as { $id?: string }).$id;
  if (id === undefined) throw new Error("ref() needs a schema with an $id");
  return Type.Unsafe<Static<T>>({ $ref: `${id}#` });
}
