import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { builtinSchemas } from "./builtin.ts";
import { decodeBuiltin } from "./decode.ts";
import { getPath, type JsonObject } from "./json.ts";

function decoded(kind: string, object: JsonObject, group = "", version = "v1") {
  const schema = builtinSchemas.get({ group, version, kind });
  assert.ok(schema);
  return decodeBuiltin(object, schema);
}

test("unknown fields go and are named; nulls and what says nothing goes", () => {
  const { object, strictErrors } = decoded("Pod", {
    metadata: { name: "x", labels: null, annotations: {} },
    spec: { containers: [{ name: "a", imag: "b", image: "", tty: false, command: [] }], nodeNme: "y" },
  });
  assert.deepEqual(strictErrors, ['unknown field "spec.containers[0].imag"', 'unknown field "spec.nodeNme"']);
  assert.deepEqual(object, {
    metadata: { name: "x" },
    spec: { containers: [{ name: "a", resources: {} }] },
    status: {},
  });
});

test("an explicit empty storage class stays, a missing one stays missing", () => {
  const claim = (spec: JsonObject) =>
    getPath(decoded("PersistentVolumeClaim", { spec }).object, "spec", "storageClassName");
  assert.equal(claim({ storageClassName: "" }), "");
  assert.equal(claim({}), undefined);
});

test("quantities and times become canonical", () => {
  const { object } = decoded("Pod", {
    metadata: { deletionTimestamp: "2026-11-21T10:00:00.5+02:00" },
    spec: { containers: [{ name: "a", resources: { requests: { cpu: 0.5, memory: "1024Mi" } } }] },
  });
  assert.equal(getPath(object, "metadata", "deletionTimestamp"), "2026-11-21T08:00:00Z");
  assert.deepEqual(getPath((getPath(object, "spec", "containers") as JsonObject[])[0], "resources", "requests"), {
    cpu: "500m",
    memory: "1Gi",
  });
  const lease = decoded("Lease", { spec: { renewTime: "2026-11-21T08:00:00.1Z" } }, "coordination.k8s.io").object;
  assert.equal(getPath(lease, "spec", "renewTime"), "2026-11-21T08:00:00.100000Z");
});

const wrong: readonly [object: JsonObject, error: RegExp][] = [
  [{ data: { a: 1 } }, /^json: cannot unmarshal number into Go struct field ConfigMap\.data of type string$/],
  [{ data: [] }, /cannot unmarshal array into Go struct field ConfigMap\.data of type map\[string\]string$/],
  [
    { metadata: { labels: { a: true } } },
    /cannot unmarshal bool into Go struct field ObjectMeta\.metadata\.labels of type string$/,
  ],
  [{ immutable: "yes" }, /cannot unmarshal string into Go struct field ConfigMap\.immutable of type bool$/],
];

for (const [object, error] of wrong) {
  test(`says what is wrong with ${JSON.stringify(object)}`, () =>
    assert.match(decoded("ConfigMap", object).error ?? "", error));
}

test("decoding twice is decoding once, and the given object never changes", () => {
  const value = fc.jsonValue() as fc.Arbitrary<unknown>;
  const pod = fc.record({
    metadata: fc.dictionary(fc.constantFrom("name", "labels", "finalizers", "x"), value),
    spec: fc.dictionary(fc.constantFrom("containers", "nodeName", "volumes", "y"), value),
  });
  fc.assert(
    fc.property(pod, (object) => {
      const before = JSON.stringify(object);
      const once = decoded("Pod", object).object;
      assert.deepEqual(decoded("Pod", once).object, once);
      assert.equal(JSON.stringify(object), before);
    }),
  );
});
