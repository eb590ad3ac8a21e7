import assert from "node:assert/strict";
import { test } from "node:test";
import { shouldHandOver } from "./hand-over.ts";
import type { PodObject } from "./kube-api.ts";

const pod = (name: string, leaving: boolean): PodObject => ({
  metadata: {
    name,
    annotations: { status: '{"state":"running"}' },
    ...(leaving ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
  },
  status: { conditions: [{ type: "Ready", status: "True" }] },
});

test("a primary whose pod is deleted hands over to an instance that stays", () => {
  assert.equal(shouldHandOver([pod("a", true), pod("b", false)], "a", "a"), true);
});

test("nobody hands over who does not lead, is not deleted, or leaves with all the others", () => {
  assert.equal(shouldHandOver([pod("a", true), pod("b", false)], "a", "b"), false);
  assert.equal(shouldHandOver([pod("a", false), pod("b", false)], "a", "a"), false);
  assert.equal(shouldHandOver([pod("a", true), pod("b", true)], "a", "a"), false);
  assert.equal(shouldHandOver([pod("a", true)], "a", "a"), false);
});
