/** Fastify with the types of TypeBox schemas in its handlers, and the answers that every route can give. */
import type { FastifyInstance, FastifyTypeProvider } from "fastify";
import type { Static, TSchema } from "typebox";
import { Problem } from "../api/problem.ts";
import { ref } from "../api/schema.ts";
import { Type } from "../api/type.ts";

interface TypeBoxProvider extends FastifyTypeProvider {
  validator: this["schema"] extends TSchema ? Static<this["schema"]> : unknown;
  serializer: this["schema"] extends TSchema ? Static<this["schema"]> : unknown;
}

export const typed = (app: FastifyInstance) => app.withTypeProvider<TypeBoxProvider>();
export type TypedApp = ReturnType<typeof typed>;

/** The response table of a route: its answer, and problems for the rest. */
export function answers<const Status extends number, T extends TSchema>(status: Status, schema: T) {
  return { [status]: schema, default: ref(Problem) } as { [K in Status]: T } & { default: TSchema };
}

/** A list as every list of this API looks. */
export function items<T extends TSchema>(schema: T) {
  return Type.Object({ items: Type.Array(schema) });
}

export const empty = Type.Null({ description: "No body." });

/** Query parameters are words, not booleans: `?reveal=true`. */
export const flag = (description: string) =>
  Type.Optional(Type.Unsafe<"true" | "false">({ type: "string", enum: ["true", "false"], description }));
