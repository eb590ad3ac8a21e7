import assert from "node:assert/strict";
import { test } from "node:test";
import { compareQuantities, type Live, type PersistentVolumeClaim } from "@keelson/kube";
import fc from "fast-check";
import { planClaim } from "./plan-claim.ts";

function claim(storage: string, more: Partial<NonNullable<PersistentVolumeClaim["spec"]>> = {}): PersistentVolumeClaim {
  return {
    metadata: { name: "hello-pgdata", labels: { role: "pgdata" } },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...more },
  };
}

function live(from: PersistentVolumeClaim, status: PersistentVolumeClaim["status"] = {}): Live<PersistentVolumeClaim> {
  const spec = { storageClassName: "standard", volumeMode: "Filesystem", volumeName: "pv-1", ...from.spec };
  const metadata = { name: "hello-pgdata", uid: "u", resourceVersion: "1", creationTimestamp: "2026-11-21T08:00:00Z" };
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec, status };
}

test("a missing claim is created as wanted, a present one is kept with its own spec", () => {
  const wanted = claim("1Gi");
  assert.deepEqual(planClaim(wanted, { live: undefined }), { type: "create", apply: wanted });
  const kept = planClaim(claim("1024Mi"), { live: live(wanted) });
  assert.deepEqual(kept, { type: "keep", apply: wanted });
});

test("a claim grows where the class lets it", () => {
  const plan = planClaim(claim("2Gi"), { live: live(claim("1Gi")), expandable: true });
  assert.deepEqual(plan, { type: "grow", apply: claim("2Gi"), from: "1Gi", to: "2Gi" });
  const refused = planClaim(claim("2Gi"), { live: live(claim("1Gi")), expandable: false });
  assert.equal(refused.type === "keep" && refused.problem?.reason, "ExpansionNotAllowed");
  assert.deepEqual(refused.type === "keep" && refused.apply, claim("1Gi"));
});

test("a claim never shrinks, and says so", () => {
  const plan = planClaim(claim("512Mi"), { live: live(claim("1Gi")) });
  assert.deepEqual(plan, {
    type: "keep",
    apply: claim("1Gi"),
    problem: {
      reason: "ShrinkRefused",
      message: "volume claim hello-pgdata has 1Gi and can not shrink to 512Mi: set the storage request to 1Gi or more",
    },
  });
});

test("a field that can not change keeps its value and is reported; a limit is never sent", () => {
  const wanted = claim("1Gi", {
    storageClassName: "fast",
    resources: { requests: { storage: "1Gi" }, limits: { storage: "9Gi" } },
  });
  const plan = planClaim(wanted, { live: live(claim("1Gi")) });
  assert.ok(plan.type === "keep" && plan.problem?.reason === "FieldFixed");
  assert.match(plan.problem.message, /keeps storageClassName "standard"/);
  assert.equal(plan.apply.spec?.storageClassName, "standard");
  assert.equal(plan.apply.spec?.resources?.limits, undefined);
});

test("a claim on its way out is waited for", () => {
  const leaving = live(claim("1Gi"));
  const plan = planClaim(claim("1Gi"), {
    live: { ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: "2026-11-21T09:00:00Z" } },
  });
  assert.equal(plan.type, "wait");
});

test("the request that is applied is never below the living one", () => {
  const size = fc
    .tuple(fc.integer({ min: 1, max: 5000 }), fc.constantFrom("Mi", "Gi", "M", ""))
    .map(([n, unit]) => `${n}${unit}`);
  fc.assert(
    fc.property(size, size, fc.boolean(), (asked, has, expandable) => {
      const plan = planClaim(claim(asked), { live: live(claim(has)), expandable });
      assert.ok(plan.type === "keep" || plan.type === "grow");
      const applied = plan.apply.spec?.resources?.requests?.["storage"] ?? "0";
      assert.ok(compareQuantities(applied, has) >= 0);
      const again = planClaim(claim(asked), { live: live(claim(applied)), expandable });
      assert.equal(again.type, "keep");
    }),
  );
});
