import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ConfigMap, Live, StatefulSet } from "@keelson/kube";
import type { PerconaPGBackup } from "@keelson/resources";
import { catalogue, clusterResource, live, NOW, type Scene, viewOf } from "../testing/fixtures.ts";
import { annotation } from "./labels.ts";
import { normalize } from "./normalize.ts";
import { DELETE_BACKUPS, DELETE_PVC, mustDeleteBackups, OWN_FINALIZER, planDeletion } from "./plan-deletion.ts";

function plan(
  finalizers: string[],
  {
    notes = { stanza: "7400/x" },
    secondsAgo = 1,
    hostReplicas = 1,
    configMaps = [],
    ...scene
  }: Partial<Setting> & Scene = {},
) {
  const cr = clusterResource(
    {},
    {
      finalizers: [OWN_FINALIZER, ...finalizers],
      deletionTimestamp: new Date(NOW - secondsAgo * 1000).toISOString(),
      annotations: { [annotation.applied]: JSON.stringify(notes) },
    },
  );
  const host = live({ metadata: { name: "orders-repo-host" }, spec: { replicas: hostReplicas } } as StatefulSet);
  const view = viewOf({ ...scene, cr });
  const statefulSets =
    scene.members?.length === 0 ? new Map() : new Map([...view.statefulSets, ["orders-repo-host", host]]);
  const c = normalize(cr, catalogue).cluster;
  const seen = { ...view, statefulSets, configMaps: new Map(configMaps.map((map) => [map.metadata.name, map])) };
  return { ...planDeletion(c, seen), can: mustDeleteBackups(c, seen) };
}

interface Setting {
  readonly notes: Record<string, string>;
  readonly secondsAgo: number;
  readonly hostReplicas: number;
  readonly configMaps: readonly Live<ConfigMap>[];
}

const types = (p: ReturnType<typeof plan>): string[] => p.actions.map((a) => a.type);

describe("a cluster that is deleted with its backups", () => {
  test("keeps everything until the repositories are empty", () => {
    const p = plan([DELETE_BACKUPS]);
    assert.deepEqual([p.actions, p.removeFinalizers, p.can], [[], [], true]);
    assert.ok(plan([DELETE_BACKUPS], { notes: { stanza: "7400/x", backupsDeleted: "done" } }).actions.length > 0);
  });
  test("starts a repository host that is stopped, and waits for it", () => {
    const p = plan([DELETE_BACKUPS], { repoHostReady: false, hostReplicas: 0 });
    assert.deepEqual([types(p), p.removeFinalizers, p.can], [["apply"], [], false]);
  });
  test("says after a minute what it waits for, and how to get out", () => {
    const [event] = plan([DELETE_BACKUPS], { repoHostReady: false, secondsAgo: 61 }).actions;
    assert.match(event?.type === "event" ? event.message : "", /repository host is not ready.*take the finalizer out/);
    const [other] = plan([DELETE_BACKUPS], { secondsAgo: 61 }).actions;
    assert.match(other?.type === "event" ? other.message : "", /does not answer/);
    const notes = { stanza: "7400/x", backupsDeletedFailed: "no such bucket" };
    const [told] = plan([DELETE_BACKUPS], { secondsAgo: 61, notes }).actions;
    assert.match(told?.type === "event" ? told.message : "", /cannot be deleted: no such bucket\./);
  });
  test("does not wait for repositories that never were", () => {
    assert.deepEqual(types(plan([DELETE_BACKUPS], { notes: {}, repoHostReady: false }))[0], "delete");
  });
});

test("with its volumes goes what is known of the SQL that has run in them", () => {
  const record = live({ metadata: { name: "orders-init-sql-record" } } as ConfigMap);
  const scene = { members: [], repoHostReady: false, configMaps: [record] };
  const removed = (finalizers: string[]) =>
    plan(finalizers, scene).actions.flatMap((a) => (a.type === "delete" ? [a.name] : []));
  assert.deepEqual(removed([DELETE_PVC]).includes("orders-init-sql-record"), true);
  assert.deepEqual(removed([]).includes("orders-init-sql-record"), false);
});

test("with its volumes go the backups that are on them", () => {
  const b = (name: string, repoName: string): Live<PerconaPGBackup> =>
    live({ metadata: { name }, spec: { pgCluster: "orders", repoName } } as PerconaPGBackup);
  const scene = {
    members: [],
    repoHostReady: false,
    backups: [b("on-volume", "repo1"), b("in-s3", "repo2")],
    claims: ["orders-i-aaaa"],
  };
  const gone = (p: ReturnType<typeof plan>) =>
    p.actions.flatMap((a) => (a.type === "delete" ? [`${a.kind} ${a.name}`] : []));
  assert.ok(gone(plan([DELETE_PVC], scene)).includes("PerconaPGBackup on-volume"));
  assert.ok(!gone(plan([DELETE_PVC], scene)).includes("PerconaPGBackup in-s3"));
  assert.ok(!gone(plan([], scene)).includes("PerconaPGBackup on-volume"));
});
