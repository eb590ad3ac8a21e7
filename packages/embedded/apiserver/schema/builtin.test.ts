import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinSchemas } from "./builtin.ts";
import type { SchemaNode } from "./schema-node.ts";

const pod = builtinSchemas.get({ group: "", version: "v1", kind: "Pod" });

function at(node: SchemaNode | undefined, ...fields: string[]): SchemaNode | undefined {
  return fields.reduce<SchemaNode | undefined>(
    (current, field) => (field === "[]" ? current?.items : current?.properties?.get(field)),
    node,
  );
}

test("a field knows its type, list type and merge key", () => {
  const ports = at(pod, "spec", "containers", "[]", "ports");
  assert.equal(ports?.type, "array");
  assert.deepEqual(ports?.listMapKeys, ["containerPort", "protocol"]);
  assert.equal(ports?.patchMergeKey, "containerPort");
  assert.deepEqual(ports?.patchStrategy, ["merge"]);
  assert.equal(at(ports, "[]", "protocol")?.default, "TCP");
  assert.deepEqual(at(ports, "[]", "protocol")?.enum, ["SCTP", "TCP", "UDP"]);
  assert.equal(at(ports, "[]", "containerPort")?.format, "int32");
});

test("an explicit empty string stays where Go has a pointer", () => {
  const claim = builtinSchemas.get({ group: "", version: "v1", kind: "PersistentVolumeClaim" });
  assert.equal(at(claim, "spec", "storageClassName")?.omit, "absent");
  assert.equal(at(pod, "spec", "containers", "[]", "image")?.omit, "empty");
  assert.equal(at(pod, "spec", "containers", "[]", "name")?.omit, "never");
});

test("every kind and every field of every definition resolves", () => {
  const seen = new Set<string>();
  const walk = (node: SchemaNode | undefined): void => {
    if (node === undefined) return;
    if (node.definition !== undefined) {
      if (seen.has(node.definition)) return;
      seen.add(node.definition);
    }
    for (const property of node.properties?.values() ?? []) walk(property);
    walk(node.items);
    walk(node.additionalProperties);
  };
  for (const kind of builtinSchemas.kinds()) {
    const node = builtinSchemas.get(kind);
    assert.ok(node?.properties?.has("kind"), JSON.stringify(kind));
    walk(node);
  }
  assert.ok(seen.size > 300, `${seen.size} definitions`);
});
