import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@keelson/kube";
import type { PerconaPGRestore } from "@keelson/resources";
import { acceptedSpecMap } from "../cluster/accepted-spec.ts";
import type { ClusterDeps } from "../cluster/controller.ts";
import { catalogue, clusterResource, live, NOW, pgCluster, viewOf } from "../testing/fixtures.ts";
import { reconcileRestore } from "./controller.ts";

test("a restore does not stop a cluster whose pods could not start again, because a Secret has gone; it says which one", async () => {
  const cr = clusterResource({ config: { files: [{ secret: { name: "keytab" } }] } } as never);
  const map = live(acceptedSpecMap(pgCluster(), cr.spec));
  const view = { ...viewOf({ cr }), configMaps: new Map([[map.metadata.name, map]]) };
  const restore = live({
    metadata: { name: "r" },
    spec: { pgCluster: "orders", repoName: "repo1" },
  } as PerconaPGRestore);
  const written: string[] = [];
  const deps = {
    client: {
      exec: async () => assert.fail("nothing is asked of the pods"),
      patch: async (_: unknown, __: unknown, patch: unknown) => void written.push(JSON.stringify(patch)),
    },
    world: { restores: { get: () => restore }, view: () => view, locate: () => ({ kind: {} }) },
    events: { record: () => undefined },
    catalogue,
    foreignKeys: { read: async () => undefined },
    now: () => NOW,
  } as unknown as ClusterDeps;
  await reconcileRestore("prod/r", new AbortController().signal, { log: silentLogger, failures: 0 }, deps);
  assert.equal(written.length, 1);
  assert.match(written[0] ?? "", /spec\.config\.files\[0\]\.secret: Secret keytab does not exist/);
  assert.doesNotMatch(written[0] ?? "", /"Starting"/);
});
