import assert from "node:assert/strict";
import { test } from "node:test";
import { howToEnd } from "./ending.ts";
import type { PodObject } from "./kube-api.ts";

const pod = (name: string, leaving = false): PodObject => ({
  metadata: {
    name,
    uid: `uid-of-${name}`,
    annotations: { status: '{"state":"running"}' },
    ...(leaving ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
  },
  status: { conditions: [{ type: "Ready", status: "True" }] },
});
const self = { name: "a", uid: "uid-of-a" };

test("a primary whose pod is deleted hands over to an instance that stays", () => {
  assert.equal(howToEnd([pod("a", true), pod("b")], self, "a"), "hand over");
});

test("who does not lead, is not deleted, or leaves with all the others ends in order", () => {
  assert.equal(howToEnd([pod("a", true), pod("b")], self, "b"), "in order");
  assert.equal(howToEnd([pod("a"), pod("b")], self, "a"), "in order");
  assert.equal(howToEnd([pod("a", true), pod("b", true)], self, "a"), "in order");
  assert.equal(howToEnd([pod("a", true)], self, "a"), "in order");
});

test("a pod that the API no longer knows ends at once, also when another has its name", () => {
  assert.equal(howToEnd([pod("b")], self, "a"), "at once");
  assert.equal(howToEnd([pod("a"), pod("b")], { name: "a", uid: "earlier" }, "a"), "at once");
});
