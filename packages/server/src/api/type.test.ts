import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Type as TypeBox } from "typebox";
import { Type } from "./type.ts";

/** One schema with everything that this API uses, by either set of builders. */
const sample = (T: Pick<typeof TypeBox, keyof typeof Type>) =>
  T.Object(
    {
      name: T.String({ minLength: 1, description: "d" }),
      count: T.Optional(T.Integer({ minimum: 1 })),
      flags: T.Array(T.Boolean(), { maxItems: 3 }),
      nothing: T.Null(),
      anything: T.Optional(T.Unknown({ description: "any" })),
      texts: T.Optional(T.Record(T.String(), T.String(), { description: "by name" })),
      reference: T.Optional(T.Unsafe<string>({ $ref: "Other#" })),
      empty: T.Object({ a: T.Optional(T.String()) }, { additionalProperties: false }),
    },
    { $id: "Sample", additionalProperties: false },
  );

describe("builders", () => {
  it("make what TypeBox makes", () => {
    assert.deepEqual(JSON.parse(JSON.stringify(sample(Type))), JSON.parse(JSON.stringify(sample(TypeBox))));
  });
});
