import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@keelson/kube";
import type { ClusterDeps } from "../cluster/controller.ts";
import { annotation } from "../cluster/labels.ts";
import { catalogue, clusterResource, NOW, viewOf } from "../testing/fixtures.ts";
import { reconcileInside } from "./controller.ts";

/** Topics that are noted by one pass, when the cluster has this uid from the first SQL on. */
async function notedWith(uidLater: string): Promise<string[]> {
  const noted = new Set<string>();
  const spec = { proxy: undefined, users: [] } as never;
  let cr = clusterResource(spec);
  const client = {
    exec: async () => {
      cr = clusterResource(spec, { uid: uidLater });
      return { exitCode: 0, stdout: "", stderr: "" };
    },
    patch: async (_kind: unknown, _at: unknown, { body }: { body: { metadata?: { annotations?: object } } }) => {
      const text = (body.metadata?.annotations as Record<string, string> | undefined)?.[annotation.applied];
      for (const topic of Object.keys(JSON.parse(text ?? "{}"))) noted.add(topic);
    },
  };
  const view = viewOf({ cr });
  const deps = {
    client,
    world: { view: () => view, clusters: { get: () => cr }, locate: () => ({ kind: {} }) },
    events: { record: () => undefined },
    catalogue,
    now: () => NOW,
  } as unknown as ClusterDeps;
  await reconcileInside("prod/orders", new AbortController().signal, { log: silentLogger, failures: 0 }, deps);
  return [...noted];
}

test("what was done for a cluster is noted, and not on another one that has its name by then", async () => {
  assert.ok((await notedWith("c0ffee00-0000")).includes("extensions"));
  assert.deepEqual(await notedWith("another"), []);
});
