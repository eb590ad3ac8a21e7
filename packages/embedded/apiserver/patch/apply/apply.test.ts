import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { builtinSchemas } from "../../schema/builtin.ts";
import { getPath, type JsonObject } from "../../schema/json.ts";
import { type ApplyRequest, applyServerSide, keepUnchangedTimes, updateManagedFields } from "./index.ts";

const now = "2026-11-21T08:00:00Z";
const later = "2026-11-21T09:00:00Z";
const schema = builtinSchemas.get({ group: "apps", version: "v1", kind: "Deployment" });

function deployment(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default", ...metadata },
    spec,
  };
}

function applied(live: JsonObject | undefined, wanted: JsonObject, options: Partial<ApplyRequest> = {}): JsonObject {
  const outcome = applyServerSide({ live, applied: wanted, manager: "a", schema, force: false, now, ...options });
  assert.ok(outcome.type === "applied", JSON.stringify(outcome));
  return outcome.object;
}

function managers(object: JsonObject): readonly (readonly [string, string])[] {
  const entries = getPath(object, "metadata", "managedFields") as JsonObject[] | undefined;
  return (entries ?? []).map(({ manager, operation }) => [String(manager), String(operation)] as const);
}

function fieldsOf(object: JsonObject, manager: string): unknown {
  const entries = getPath(object, "metadata", "managedFields") as JsonObject[] | undefined;
  return entries?.find((entry) => entry["manager"] === manager)?.["fieldsV1"];
}

const container = (name: string, image: string): JsonObject => ({ name, image });
const template = (...containers: JsonObject[]): JsonObject => ({ template: { spec: { containers } } });

test("an applier owns what it sets, items of keyed lists by their key", () => {
  const object = applied(undefined, deployment({ replicas: 2, ...template(container("web", "nginx")) }));
  assert.deepEqual(fieldsOf(object, "a"), {
    "f:spec": {
      "f:replicas": {},
      "f:template": { "f:spec": { "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:image": {}, "f:name": {} } } } },
    },
  });
  assert.equal(getPath(object, "spec", "replicas"), 2);
});

test("another value of an owned field is a conflict, the same value shares it, force takes it", () => {
  const live = applied(undefined, deployment({ replicas: 2 }));
  const other = { live, applied: deployment({ replicas: 3 }), manager: "b", schema, now };
  assert.deepEqual(applyServerSide({ ...other, force: false }), {
    type: "conflict",
    message: 'Apply failed with 1 conflict: conflict with "a": .spec.replicas',
    causes: [{ reason: "FieldManagerConflict", message: 'conflict with "a"', field: ".spec.replicas" }],
  });
  const shared = applied(live, deployment({ replicas: 2 }), { manager: "b" });
  assert.deepEqual(managers(shared), [
    ["b", "Apply"],
    ["a", "Apply"],
  ]);
  const forced = applied(live, deployment({ replicas: 3 }), { manager: "b", force: true });
  assert.deepEqual(managers(forced), [["b", "Apply"]]);
});

test("what an applier gives up goes when nobody else owns it", () => {
  const first = applied(
    undefined,
    deployment({ replicas: 2, paused: true, ...template(container("a", "1"), container("b", "1")) }),
  );
  const shared = applied(first, deployment({ paused: true }), { manager: "b" });
  const second = applied(shared, deployment(template(container("b", "1"))));
  assert.deepEqual(second["spec"], { paused: true, template: { spec: { containers: [container("b", "1")] } } });
});

test("what is applied empty is empty", () => {
  const labelled = (labels: JsonObject) => deployment({ replicas: 1, template: { metadata: { labels } } });
  const object = applied(applied(undefined, labelled({ a: "1" })), labelled({}));
  assert.deepEqual(getPath(object, "spec", "template"), { metadata: { labels: {} } });
});

test("an update takes over what it changes", () => {
  const live = applied(undefined, deployment({ replicas: 2, paused: true }));
  const updated = { ...live, spec: { replicas: 5, paused: true } };
  const object = updateManagedFields({ live, updated, manager: "kubectl-edit", schema, now: later });
  assert.deepEqual(fieldsOf(object, "a"), { "f:spec": { "f:paused": {} } });
  assert.deepEqual(fieldsOf(object, "kubectl-edit"), { "f:spec": { "f:replicas": {} } });
  const outcome = applyServerSide({
    live: object,
    applied: deployment({ replicas: 2 }),
    manager: "a",
    schema,
    force: false,
    now,
  });
  assert.match(
    outcome.type === "conflict" ? outcome.message : "",
    /conflict with "kubectl-edit" using apps\/v1: \.spec\.replicas$/,
  );
});

test("a creation owns what it set but not the structs around it, nor the status", () => {
  const created = updateManagedFields({
    live: undefined,
    updated: {
      ...deployment({ replicas: 1, strategy: { type: "Recreate" } }, { labels: { app: "web" } }),
      status: { replicas: 1 },
    },
    manager: "curl",
    schema,
    resetFields: [["status"]],
    now,
  });
  assert.deepEqual(fieldsOf(created, "curl"), {
    "f:metadata": { "f:labels": { ".": {}, "f:app": {} } },
    "f:spec": { "f:replicas": {}, "f:strategy": { "f:type": {} } },
  });
});

test("managedFields sent empty are cleared, and then stay away for updates", () => {
  const live = applied(undefined, deployment({ replicas: 1 }));
  const cleared = { ...live, metadata: { name: "web", managedFields: [] } };
  const object = updateManagedFields({ live, updated: cleared, manager: "curl", schema, now });
  assert.equal(getPath(object, "metadata", "managedFields"), undefined);
});

test("kubectl's server-side apply takes over from its client-side apply", () => {
  const annotation = "kubectl.kubernetes.io/last-applied-configuration";
  const spec = { replicas: 1 };
  const first = deployment(spec, { annotations: { [annotation]: JSON.stringify(deployment(spec)) } });
  const live = updateManagedFields({
    live: undefined,
    updated: first,
    manager: "kubectl-client-side-apply",
    schema,
    now,
  });
  const object = applied(live, deployment({ replicas: 4 }), { manager: "kubectl" });
  assert.equal(getPath(object, "spec", "replicas"), 4);
  assert.match(String(getPath(object, "metadata", "annotations", annotation)), /"replicas":4/);
});

test("an undeclared field and an item without its key are refused", () => {
  const refuse = (spec: JsonObject) =>
    applyServerSide({ live: undefined, applied: deployment(spec), manager: "a", schema, force: false, now });
  assert.deepEqual(refuse({ replica: 1 }), {
    type: "invalid",
    status: 500,
    message:
      "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema",
  });
  const keyed = {
    type: "array",
    listType: "map",
    listMapKeys: ["id"],
    items: { preserveUnknownFields: true },
  } as const;
  const outcome = applyServerSide({
    live: undefined,
    applied: { list: [{ other: 1 }] },
    manager: "a",
    schema: { type: "object", properties: new Map([["list", keyed]]) },
    force: false,
    now,
  });
  assert.match(
    outcome.type === "invalid" ? outcome.message : "",
    /\.list: element 0: .* omits all key fields \["id"\]/,
  );
});

test("more than ten updaters are gathered into ancient-changes", () => {
  let object = updateManagedFields({
    live: undefined,
    updated: deployment({ replicas: 0 }),
    manager: "m0",
    schema,
    now,
  });
  for (let index = 1; index < 15; index++) {
    const updated = { ...object, metadata: { ...(object["metadata"] as JsonObject), labels: { [`l${index}`]: "x" } } };
    object = updateManagedFields({ live: object, updated, manager: `m${index}`, schema, now });
  }
  assert.ok(managers(object).length <= 10);
});

const specs = fc.record(
  {
    replicas: fc.integer({ min: 0, max: 3 }),
    paused: fc.boolean(),
    template: fc.record({
      spec: fc.record({
        containers: fc.uniqueArray(
          fc.record({ name: fc.constantFrom("a", "b", "c"), image: fc.constantFrom("1", "2") }),
          {
            selector: ({ name }) => name,
          },
        ),
      }),
    }),
  },
  { requiredKeys: [] },
);

test("applying the same again changes nothing at all", () => {
  fc.assert(
    fc.property(specs, specs, (first, second) => {
      const live = applied(applied(undefined, deployment(first)), deployment(second), { manager: "b", force: true });
      const again = applied(live, deployment(second), { manager: "b", now: later });
      assert.deepEqual(again, live);
      assert.deepEqual(keepUnchangedTimes(live, again), live);
    }),
  );
});

test("an applier's set values are always in the object", () => {
  fc.assert(
    fc.property(specs, specs, specs, (first, second, third) => {
      const live = applied(applied(undefined, deployment(first)), deployment(second), { manager: "b", force: true });
      const object = applied(live, deployment(third), { force: true });
      for (const [name, value] of Object.entries(third)) {
        if (name !== "template") assert.deepEqual(getPath(object, "spec", name), value);
      }
    }),
  );
});
