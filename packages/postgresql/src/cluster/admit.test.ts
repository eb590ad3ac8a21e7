import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatefulSet } from "@keelson/kube";
import { catalogue, clusterResource, live, viewOf } from "../testing/fixtures.ts";
import { admit } from "./admit.ts";
import { obsoleteObjects } from "./desired.ts";
import { annotation } from "./labels.ts";

const withHost = (annotations: Record<string, string>, enabled = false) => {
  const cr = clusterResource({ backups: { enabled } } as never, { annotations });
  const host = live({ metadata: { name: "orders-repo-host" } } as StatefulSet);
  const view = viewOf({ cr });
  return { ...view, statefulSets: new Map([...view.statefulSets, [host.metadata.name, host]]) };
};

test("backups are not removed before that is confirmed", () => {
  assert.deepEqual(
    admit(withHost({}), catalogue).problems.map((p) => p.reason),
    ["BackupRemovalNotAuthorized"],
  );
});

test("once confirmed they are removed", () => {
  const view = withHost({ [annotation.authorizeBackupRemoval]: "true" });
  const { cluster, problems } = admit(view, catalogue);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    obsoleteObjects(cluster, view, { wanted: [] }).map((o) => o.name),
    ["orders-repo-host"],
  );
});

test("a cluster that never had backups needs no confirmation", () => {
  assert.deepEqual(
    admit(viewOf({ cr: clusterResource({ backups: { enabled: false } } as never) }), catalogue).problems,
    [],
  );
});
