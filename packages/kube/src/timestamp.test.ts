import assert from "node:assert/strict";
import { test } from "node:test";
import { timestamp } from "./timestamp.ts";

test("times have whole seconds", () => {
  assert.equal(timestamp(Date.parse("2026-11-21T08:00:00.999Z")), "2026-11-21T08:00:00Z");
});
