import assert from "node:assert/strict";
import { test } from "node:test";
import { outdatedFiles } from "./generate.ts";

test("the committed CRDs, reference pages and manifests are what their sources say", () => {
  assert.deepEqual(outdatedFiles(), [], "run node scripts/generate.ts");
});
