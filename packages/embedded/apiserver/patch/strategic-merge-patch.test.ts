import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { builtinSchemas } from "../schema/builtin.ts";
import type { JsonObject } from "../schema/json.ts";
import { PatchError } from "./patch-error.ts";
import { applyStrategicMergePatch } from "./strategic-merge-patch.ts";

function patched(
  kind: { group: string; version: string; kind: string },
  original: JsonObject,
  patch: unknown,
): JsonObject {
  const schema = builtinSchemas.get(kind);
  assert.ok(schema);
  return applyStrategicMergePatch(original, patch, schema);
}

const pod = (original: JsonObject, patch: unknown) =>
  patched({ group: "", version: "v1", kind: "Pod" }, original, patch);
const endpoints = (original: JsonObject, patch: unknown) =>
  patched({ group: "", version: "v1", kind: "Endpoints" }, original, patch);
const deployment = (original: JsonObject, patch: unknown) =>
  patched({ group: "apps", version: "v1", kind: "Deployment" }, original, patch);

const containers = (...items: JsonObject[]) => ({ spec: { containers: items } });

test("lists with a merge key merge by it", () => {
  const live = containers({ name: "a", image: "1" }, { name: "b", image: "1" });
  assert.deepEqual(
    pod(live, containers({ name: "b", image: "2" }, { name: "c", image: "3" })),
    containers({ name: "a", image: "1" }, { name: "b", image: "2" }, { name: "c", image: "3" }),
  );
});

test("$patch: delete removes an item, $patch: replace replaces list or object", () => {
  const live = containers({ name: "a" }, { name: "b" });
  assert.deepEqual(pod(live, containers({ name: "a", $patch: "delete" })), containers({ name: "b" }));
  assert.deepEqual(pod(live, containers({ name: "z" }, { $patch: "replace" })), containers({ name: "z" }));
  assert.deepEqual(pod({ spec: { nodeName: "x", hostname: "y" } }, { spec: { $patch: "replace", nodeName: "z" } }), {
    spec: { nodeName: "z" },
  });
  assert.deepEqual(pod({ spec: { nodeName: "x" } }, { spec: { $patch: "delete" } }), { spec: {} });
});

test("$setElementOrder orders what it names and keeps what the server added", () => {
  const live = containers({ name: "a" }, { name: "injected" }, { name: "b" });
  const patch = {
    spec: { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }, { name: "c" }], containers: [{ name: "c" }] },
  };
  const names = (pod(live, patch)["spec"] as { containers: { name: string }[] }).containers.map(({ name }) => name);
  assert.deepEqual(
    names,
    ["b", "a", "c", "injected"].sort((x, y) => names.indexOf(x) - names.indexOf(y)),
  );
  assert.ok(names.indexOf("b") < names.indexOf("a") && names.indexOf("a") < names.indexOf("c"));
});

test("$deleteFromPrimitiveList and merged primitive lists (finalizers)", () => {
  const live = { metadata: { finalizers: ["x", "y"] } };
  assert.deepEqual(pod(live, { metadata: { finalizers: ["z", "x"] } })["metadata"], { finalizers: ["z", "x", "y"] });
  assert.deepEqual(pod(live, { metadata: { "$deleteFromPrimitiveList/finalizers": ["x"] } })["metadata"], {
    finalizers: ["y"],
  });
});

test("$retainKeys clears the fields that it does not name", () => {
  const live = { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } };
  assert.deepEqual(deployment(live, { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }), {
    spec: { strategy: { type: "Recreate" } },
  });
  assert.throws(() => deployment(live, { spec: { strategy: { $retainKeys: ["x"], type: "Recreate" } } }), PatchError);
});

test("what Patroni relies on: null deletes an annotation, subsets are replaced whole", () => {
  const live = { metadata: { annotations: { leader: "a", ttl: "30" } }, subsets: [{ addresses: [{ ip: "1" }] }] };
  assert.deepEqual(endpoints(live, { metadata: { annotations: { leader: null, optime: "5" } }, subsets: [] }), {
    metadata: { annotations: { ttl: "30", optime: "5" } },
    subsets: [],
  });
  assert.deepEqual(endpoints(live, { subsets: [{ addresses: [{ ip: "2" }] }] })["subsets"], [
    { addresses: [{ ip: "2" }] },
  ]);
});

test("ports merge by containerPort alone, whatever the apply keys are", () => {
  const live = containers({ name: "a", ports: [{ containerPort: 80, protocol: "TCP" }] });
  const patch = containers({ name: "a", ports: [{ containerPort: 80, name: "http" }] });
  assert.deepEqual(
    pod(live, patch),
    containers({ name: "a", ports: [{ containerPort: 80, protocol: "TCP", name: "http" }] }),
  );
});

test("an item without its merge key is refused", () => {
  assert.throws(
    () => pod(containers({ name: "a" }), containers({ image: "x" })),
    /does not contain declared merge key: name/,
  );
});

test("a patch without directives applied twice is applied once", () => {
  const item = fc.record({ name: fc.constantFrom("a", "b", "c"), image: fc.constantFrom("1", "2") });
  const list = fc.uniqueArray(item, { selector: ({ name }) => name });
  fc.assert(
    fc.property(list, list, (live, change) => {
      const original = containers(...live);
      const before = JSON.stringify(original);
      const once = pod(original, containers(...change));
      assert.deepEqual(pod(once, containers(...change)), once);
      assert.equal(JSON.stringify(original), before);
    }),
  );
});
