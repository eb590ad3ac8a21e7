import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { Steps } from "./steps.ts";

function collect(): { steps: Steps; text: () => string } {
  const output = new PassThrough();
  let now = 0;
  const steps = new Steps(output, () => (now += 1_500));
  return { steps, text: () => String(output.read() ?? "") };
}

test("a step says what it waits for, once for each change, and how long it took", async () => {
  const { steps, text } = collect();
  const result = await steps.run("cluster", async (progress) => {
    progress.waitingFor("node-1");
    progress.waitingFor("node-1");
    return 7;
  });
  assert.equal(result, 7);
  assert.equal(text(), "  … cluster\n  … cluster: node-1\n  ✓ cluster  1.5s\n");
});

test("a step that fails is marked, and its error goes on", async () => {
  const { steps, text } = collect();
  await assert.rejects(
    steps.run("images", () => Promise.reject(new Error("no room"))),
    /no room/,
  );
  assert.match(text(), /✗ images {2}1\.5s/);
});
