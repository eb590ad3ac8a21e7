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

const problems = {
  description: "A problem (RFC 9457), with the field, its value and the remedy where there are any.",
  content: { "application/problem+json": { schema: ref(Problem) } },
};

/** The response table of a route: its answer, and problems for the rest. */
export function answers<const Status extends number, T extends TSchema>(status: Status, schema: T) {
  return { [status]: schema, default: problems } as { [K in Status]: T } & { default: TSchema };
}

/** The response table of a route that sends text of its own media type as it comes. */
export function sends(mediaType: string, description: string) {
  const text = { description, content: { [mediaType]: { schema: Type.String() } } };
  return { 200: text, default: problems } as unknown as { 200: TSchema; default: TSchema };
}

/** Query parameters of a route. A mistyped one is refused: it would mean something else without a word, such as dryrun. */
export function query<T extends Record<string, TSchema>>(parameters: T) {
  return Type.Object(parameters, { additionalProperties: false });
}

/** What creating routes take; the hook that carries a request out once reads it. */
export const IdempotencyHeader = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({ description: "1 to 200 printable characters. Repeats within a day get the first answer again." }),
  ),
});

/** A list as every list of this API looks. */
export function items<T extends TSchema>(schema: T) {
  return Type.Object({ items: Type.Array(schema) });
}

export const empty = Type.Null({ description: "No body." });

/** Query parameters are words, not booleans: `?reveal=true`. */
export const flag = (description: string) =>
  Type.Optional(Type.Unsafe<"true" | "false">({ type: "string", enum: ["true", "false"], description }));
