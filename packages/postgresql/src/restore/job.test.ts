import assert from "node:assert/strict";
import { test } from "node:test";
import type { PerconaPGRestore } from "@keelson/resources";
import { NONE_KEPT } from "../cluster/instance-volumes.ts";
import { normalize } from "../cluster/normalize.ts";
import { catalogue, clusterResource } from "../testing/fixtures.ts";
import { restoreJob } from "./job.ts";

test("a restore that has changed nothing, or was complete before it could be undone, is not tried again", () => {
  const { cluster } = normalize(clusterResource(), catalogue);
  const [set] = cluster.sets;
  assert.ok(set !== undefined);
  const restore = { metadata: { name: "r", uid: "0123abcd" }, spec: { pgCluster: "orders" } } as PerconaPGRestore;
  const input = { name: "j", instance: "orders-i-aaaa", set, kept: NONE_KEPT, options: [], id: "r", bringsBack: false };
  const { spec } = restoreJob(cluster, restore, input);
  const container = spec?.template.spec?.containers[0]?.name;
  assert.deepEqual(spec?.podFailurePolicy?.rules, [
    { action: "FailJob", onExitCodes: { containerName: container, operator: "In", values: [10, 11] } },
  ]);
  assert.equal(spec?.template.spec?.restartPolicy, "Never", "without which Kubernetes refuses the rule");
});
