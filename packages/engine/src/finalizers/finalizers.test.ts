import assert from "node:assert/strict";
import { test } from "node:test";
import type { Live } from "@keelson/kube";
import { finalizerPatch, hasFinalizer } from "./finalizers.ts";

function object(finalizers: string[] | undefined, deleting = false): Live {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "x",
      uid: "u",
      resourceVersion: "7",
      creationTimestamp: "2026-11-21T08:00:00Z",
      ...(finalizers && { finalizers }),
      ...(deleting && { deletionTimestamp: "2026-11-21T09:00:00Z" }),
    },
  };
}

const patched = (patch: ReturnType<typeof finalizerPatch>) => {
  const { metadata } = (patch?.body ?? {}) as { metadata?: { resourceVersion: string; finalizers: string[] } };
  return metadata && [metadata.resourceVersion, metadata.finalizers];
};

test("finalizers are added and removed under the version that was seen", () => {
  assert.deepEqual(patched(finalizerPatch(object(undefined), { add: ["a"] })), ["7", ["a"]]);
  assert.deepEqual(patched(finalizerPatch(object(["a", "b"]), { add: ["c"], remove: ["a"] })), ["7", ["b", "c"]]);
  assert.ok(hasFinalizer(object(["a"]), "a") && !hasFinalizer(object(undefined), "a"));
});

test("nothing is sent when nothing changes, and nothing is added to what is going", () => {
  assert.equal(finalizerPatch(object(["a"]), { add: ["a"], remove: ["b"] }), undefined);
  assert.equal(finalizerPatch(object(["a"], true), { add: ["b"] }), undefined);
  assert.deepEqual(patched(finalizerPatch(object(["a"], true), { add: ["b"], remove: ["a"] })), ["7", []]);
});
