import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatefulSet } from "@keelson/kube";
import { problem } from "../reasons.ts";
import { catalogue, clusterResource, live, pgCluster, viewOf } from "../testing/fixtures.ts";
import { acceptedSpecMap } from "./accepted-spec.ts";
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

test("a cluster that is to stop stops when something is missing, for a stop needs nothing of it", () => {
  const paused = (asked: object, before: object): boolean => {
    const accepted = live(acceptedSpecMap(pgCluster(), clusterResource(before).spec));
    const view = viewOf({ cr: clusterResource(asked) });
    const missing = [problem("SecretNotFound", "spec.config.files[0].secret", "Secret keytab does not exist.")];
    const found = admit({ ...view, configMaps: new Map([[accepted.metadata.name, accepted]]) }, catalogue, missing);
    assert.deepEqual([found.isActionable, found.cluster.port], [true, 5432], "otherwise by what was accepted");
    return found.cluster.paused;
  };
  assert.equal(paused({ pause: true, port: 6000 }, {}), true);
  assert.equal(paused({ pause: false }, {}), false);
  assert.equal(paused({ pause: false }, { pause: true }), true, "a start does need it");
  assert.equal(paused({ pause: true, standby: { enabled: true, host: "x" } }, {}), false, "refused as a whole");
});
