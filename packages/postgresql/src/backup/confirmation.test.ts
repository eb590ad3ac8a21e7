import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatefulSet } from "@keelson/kube";
import { annotation } from "../cluster/labels.ts";
import { live, pgCluster, viewOf } from "../testing/fixtures.ts";
import { removalConfirmation } from "./confirmation.ts";

test("the word that backups may be removed counts until they are, and no longer", () => {
  const annotations = { [annotation.authorizeBackupRemoval]: "true" };
  const off = { backups: { enabled: false } } as never;
  const host = live({ metadata: { name: "orders-repo-host" } } as StatefulSet);
  const gone = viewOf();
  const there = { ...gone, statefulSets: new Map([[host.metadata.name, host]]) };
  assert.equal(removalConfirmation(pgCluster({}, { annotations }), there), "absent");
  assert.equal(removalConfirmation(pgCluster(off), there), "absent");
  assert.equal(removalConfirmation(pgCluster(off, { annotations }), there), "needed");
  assert.equal(removalConfirmation(pgCluster(off, { annotations }), gone), "spent");
});
