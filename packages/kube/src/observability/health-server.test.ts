import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkQueue } from "../controller/work-queue.ts";
import { healthServer } from "./health-server.ts";

test("serves health with what is wrong, and metrics under the usual names", async () => {
  let problem: string | undefined;
  const server = await healthServer({ port: 0, live: { loop: () => undefined }, ready: { cache: () => problem } });
  const queue = new WorkQueue({ name: "pods" });
  queue.add("a");
  try {
    const get = async (path: string) => {
      const response = await fetch(`${server.url}${path}`);
      return { status: response.status, text: await response.text() };
    };
    assert.deepEqual(await get("/healthz"), { status: 200, text: "ok\n" });
    problem = "pods: not listed yet";
    assert.deepEqual(await get("/readyz"), { status: 503, text: "cache: pods: not listed yet\n" });
    assert.equal((await get("/healthz")).status, 200);
    assert.equal((await get("/nothing")).status, 404);
    const { text } = await get("/metrics");
    assert.match(text, /workqueue_depth\{name="pods",controller="pods"\} 1/);
    for (const name of ["workqueue_unfinished_work_seconds", "workqueue_adds_total", "workqueue_retries_total"]) {
      assert.ok(text.includes(name), name);
    }
  } finally {
    queue.close();
    await server.close();
  }
});
