import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersistentVolumeClaim } from "@keelson/kube";
import { live, pgCluster, viewOf } from "../testing/fixtures.ts";
import { instanceStatefulSet } from "./instance.ts";
import { keptVolumes } from "./instance-volumes.ts";
import { label } from "./labels.ts";

const instance = "orders-i-aaaa";
const c = pgCluster();
const set = c.sets[0] ?? assert.fail();

const claim = (name: string, role: string, deletionTimestamp?: string) =>
  live<PersistentVolumeClaim>({
    metadata: {
      name,
      labels: { [label.instance]: instance, [label.role]: role },
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
  });
const view = (...claims: ReturnType<typeof claim>[]) => ({
  ...viewOf(),
  claims: new Map(claims.map((each) => [each.metadata.name, each])),
});

test("volumes for WAL and tablespaces that a manifest no longer names stay mounted while their claims are there", () => {
  const kept = keptVolumes(
    view(claim(`${instance}-pgwal`, "pgwal"), claim(`${instance}-hot-data-tablespace`, "tablespace")),
    set,
    instance,
  );
  assert.deepEqual(kept, { wal: true, tablespaces: ["hot-data"] });
  const pod = instanceStatefulSet(c, set, { instance, running: true, restored: undefined, kept }).spec?.template.spec;
  const database = pod?.containers.find(({ name }) => name === "database");
  const mounted = database?.volumeMounts?.map(({ mountPath }) => mountPath) ?? [];
  assert.ok(mounted.includes("/pgwal") && mounted.includes("/tablespaces/hot-data"));
  assert.ok(pod?.volumes?.some((v) => v.persistentVolumeClaim?.claimName === `${instance}-hot-data-tablespace`));
  const value = (name: string) => database?.env?.find((each) => each.name === name)?.value;
  assert.equal(value("KEELSON_WAL"), "/pgdata/pg17_wal", "the agent moves the WAL away from it");
  assert.equal(value("KEELSON_TABLESPACES"), "hot-data");
});

test("a volume that is named, or on its way out, is not kept besides", () => {
  const named = { ...set, tablespaceVolumes: [{ name: "hot", dataVolumeClaimSpec: set.dataVolumeClaimSpec }] };
  const there = view(
    claim(`${instance}-hot-tablespace`, "tablespace"),
    claim(`${instance}-pgwal`, "pgwal", "2026-11-21T12:00:00Z"),
  );
  assert.deepEqual(keptVolumes(there, named, instance), { wal: false, tablespaces: [] });
});
