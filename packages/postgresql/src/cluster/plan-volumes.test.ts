import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersistentVolumeClaim } from "@keelson/kube";
import { live, pgCluster, viewOf } from "../testing/fixtures.ts";
import { planVolumes } from "./plan-volumes.ts";
import { instanceClaims, repoClaims, sidecarClaims } from "./volumes.ts";

const claim = (storage: string, more: object = {}) => ({
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage } },
  ...more,
});

const c = pgCluster({
  instances: [
    {
      name: "i",
      dataVolumeClaimSpec: claim("1Gi"),
      tablespaceVolumes: [{ name: "fast", dataVolumeClaimSpec: claim("1Gi") }],
      sidecarPVCs: [{ name: "shared", spec: claim("1Gi") }],
    },
  ],
} as never);

test("each claim knows the field that it comes from", () => {
  const [set] = c.sets;
  assert.ok(set !== undefined);
  const fields = [...instanceClaims(c, set, "x"), ...repoClaims(c), ...sidecarClaims(c)].map(({ field }) => field);
  assert.deepEqual(fields, [
    "spec.instances[i].dataVolumeClaimSpec",
    "spec.instances[i].tablespaceVolumes[fast].dataVolumeClaimSpec",
    "spec.backups.pgbackrest.repos[repo1].volume.volumeClaimSpec",
    "spec.instances[i].sidecarPVCs[shared].spec",
  ]);
});

test("a claim that the user names is made once, and one of somebody else's is not taken over", () => {
  const { actions } = planVolumes(viewOf(), sidecarClaims(c));
  assert.deepEqual(
    actions.map((action) => action.type),
    ["create"],
  );
});

test("a change that a claim cannot follow is blamed on what was changed", () => {
  const wanted = repoClaims(c);
  const planned = (spec: object) => {
    const there = live({ metadata: { name: "orders-repo1" }, spec } as PersistentVolumeClaim);
    return planVolumes({ ...viewOf(), claims: new Map([["orders-repo1", there]]) }, wanted).problems.map(
      (p) => p.field,
    );
  };
  const field = "spec.backups.pgbackrest.repos[repo1].volume.volumeClaimSpec";
  assert.deepEqual(planned(claim("2Gi")), [`${field}.resources.requests.storage`]);
  assert.deepEqual(planned(claim("1Gi", { accessModes: ["ReadWriteMany"] })), [field]);
});
