import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "typebox";
import { definitions } from "../definitions.ts";
import type { StructuralSchema } from "./structural.ts";
import { structuralSchema } from "./structural.ts";

test("every field of ours has a description", () => {
  const missing: string[] = [];
  const walk = (schema: StructuralSchema, path: string): void => {
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      const at = `${path}.${name}`;
      if (field.description === undefined) missing.push(at);
      const inner = field.items ?? field.additionalProperties ?? field;
      // Inside a type of Kubernetes, Kubernetes describes.
      if (inner.title === undefined) walk(inner, at);
    }
  };
  for (const { kind, spec, status } of definitions) {
    walk(structuralSchema(spec, { titles: true }), `${kind.kind}.spec`);
    walk(structuralSchema(status, { titles: true }), `${kind.kind}.status`);
  }
  assert.deepEqual(missing, []);
});

test("a keyword that Kubernetes does not take is refused, not dropped", () => {
  const schema = Type.Object({ spec: Type.String({ contentEncoding: "base64" }) });
  assert.throws(() => structuralSchema(schema), /\.spec: a CRD has no keyword contentEncoding/);
});
