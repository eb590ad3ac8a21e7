import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PerconaPGBackup, PerconaPGRestore } from "@keelson/resources";
import { backupJob } from "../backup/job.ts";
import { NONE_KEPT } from "../cluster/instance-volumes.ts";
import { normalize } from "../cluster/normalize.ts";
import { catalogue, clusterResource } from "../testing/fixtures.ts";
import { restoreJob } from "./job.ts";

const { cluster } = normalize(clusterResource(), catalogue);

function jobOf(spec: object = {}) {
  const [set] = cluster.sets;
  assert.ok(set !== undefined);
  const restore = { metadata: { name: "r", uid: "0123abcd" }, spec: { pgCluster: "orders", ...spec } };
  const input = { name: "j", instance: "orders-i-aaaa", set, kept: NONE_KEPT, options: [], id: "r", bringsBack: false };
  return restoreJob(cluster, restore as PerconaPGRestore, input).spec;
}

test("a restore that has changed nothing, was complete before it could be undone, or whose target does not come is not tried again", () => {
  const spec = jobOf();
  const container = spec?.template.spec?.containers[0]?.name;
  assert.deepEqual(spec?.podFailurePolicy?.rules, [
    { action: "FailJob", onExitCodes: { containerName: container, operator: "In", values: [10, 11, 12] } },
  ]);
  assert.equal(spec?.template.spec?.restartPolicy, "Never", "without which Kubernetes refuses the rule");
});

describe("spec.containerOptions", () => {
  const containerOptions = {
    env: [
      { name: "PGBACKREST_PROCESS_MAX", value: "4" },
      { name: "KEELSON_RESTORED", value: "x" },
      { name: "KEELSON_RESTORE_BACK", value: "x" },
      { name: "KEELSON_BACKUP", value: "x" },
    ],
    envFrom: [{ secretRef: { name: "store" } }],
  };
  const backup = { metadata: { name: "b", uid: "0123abcd" }, spec: { pgCluster: "orders", containerOptions } };
  for (const [what, spec, own] of [
    ["restore", jobOf({ containerOptions }), ["KEELSON_RESTORED", "KEELSON_RESTORE_BACK"]],
    ["backup", backupJob(cluster, backup as PerconaPGBackup).spec, ["KEELSON_BACKUP"]],
  ] as const) {
    test(`reach the Job of a ${what}, and do not change what it is for`, () => {
      const [container] = spec?.template.spec?.containers ?? [];
      assert.deepEqual(container?.envFrom, containerOptions.envFrom);
      const values = (name: string) => container?.env?.filter((v) => v.name === name).map((v) => v.value);
      assert.deepEqual(values("PGBACKREST_PROCESS_MAX"), ["4"]);
      for (const name of own) assert.equal(values(name)?.includes("x"), false, name);
    });
  }
});
