import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../observability/logger.ts";
import { Controller } from "./controller.ts";

test("a run whose signal has ended already begins nothing", { timeout: 5_000 }, async () => {
  const controller = new Controller({
    name: "t",
    logger: silentLogger,
    sources: [{ start: () => assert.fail("started"), synced: () => Promise.resolve() }],
    reconcile: async () => {},
  });
  await controller.run(AbortSignal.abort());
});
