import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { InProcessServer } from "../testing/in-process.ts";

test("a watch that is asked to last for months lasts", async () => {
  await using server = await InProcessServer.start();
  const maps = "/api/v1/namespaces/default/configmaps";
  const watch = await server.watch(`${maps}?watch=1&timeoutSeconds=5000000`);
  await delay(30);
  await server.store("configmaps", { metadata: { namespace: "default", name: "late" } });
  assert.equal((await watch.next())?.object.metadata.name, "late");
  watch.close();
});
