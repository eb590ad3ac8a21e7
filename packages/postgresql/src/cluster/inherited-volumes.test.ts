import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PersistentVolumeClaim } from "@keelson/kube";
import { catalogue, clusterResource, live, type Member, NOW, type Scene, viewOf } from "../testing/fixtures.ts";
import { annotation, label } from "./labels.ts";
import { dataVolume } from "./names.ts";
import { normalize } from "./normalize.ts";
import { type InstancePlan, planInstances } from "./plan-instances.ts";

/** Volumes with their reigns, 0 for none; made two hours ago, the cluster's resource one hour ago. */
type Volumes = Readonly<Record<string, number>>;

function plan(
  replicas: number,
  volumes: Volumes,
  scene: Scene = {},
  { noted, phase, made = NOW - 7_200_000 }: { noted?: string; phase?: string; made?: number } = {},
): InstancePlan {
  const spec = { instances: [{ name: "i", replicas, dataVolumeClaimSpec: {} }] };
  const cr = clusterResource(spec, noted === undefined ? {} : { annotations: { [annotation.startup]: noted } });
  const view = viewOf({ cr, members: [], initialized: false, acquiredAt: NOW - 9 * 3_600_000, ...scene });
  const claims = Object.entries(volumes).map(([instance, reign]) =>
    live<PersistentVolumeClaim>(
      {
        metadata: {
          name: dataVolume(instance),
          labels: {
            [label.role]: "pgdata",
            [label.instance]: instance,
            [label.instanceSet]: instance.split("-")[1] ?? "",
          },
          annotations: reign === 0 ? {} : { [annotation.reign]: String(reign) },
        },
        ...(phase === undefined ? {} : { status: { phase } }),
      },
      made,
    ),
  );
  return planInstances(normalize(cr, catalogue).cluster, {
    ...view,
    claims: new Map(claims.map((claim) => [claim.metadata.name, claim])),
  });
}
const names = (p: InstancePlan): string[] => p.wanted.map((w) => w.name);
const running = (p: InstancePlan): string[] => p.wanted.filter((w) => w.running).map((w) => w.name);

/** Four volumes: the primary's last, two replicas' that led before, one from a scale-down long ago. */
const FOUR: Volumes = { "orders-i-aaaa": 2, "orders-i-bbbb": 0, "orders-i-cccc": 3, "orders-i-dddd": 7 };

describe("a cluster that is made again from its volumes", () => {
  test("takes the last primary's volume first, however few instances it has", () => {
    assert.deepEqual(names(plan(1, FOUR)), ["orders-i-dddd"]);
    assert.deepEqual(names(plan(3, FOUR)), ["orders-i-aaaa", "orders-i-cccc", "orders-i-dddd"]);
    assert.deepEqual(running(plan(3, FOUR)), ["orders-i-dddd"]);
  });

  test("starts nobody else, and no empty volume, until the last primary leads again", () => {
    const p = plan(3, { "orders-i-dddd": 7 });
    assert.equal(p.wanted.length, 3);
    assert.deepEqual(running(p), ["orders-i-dddd"]);
    const members: Member[] = p.wanted.map(({ name }) => ({
      name,
      pod: name === "orders-i-dddd",
      replicas: name === "orders-i-dddd" ? 1 : 0,
    }));
    assert.deepEqual(running(plan(3, { "orders-i-dddd": 7 }, { members })), ["orders-i-dddd"], "also in later passes");
    const leading = members.map((m) => ({ ...m, ...(m.pod === true ? { role: "primary" as const } : {}) }));
    assert.equal(running(plan(3, { "orders-i-dddd": 7 }, { members: leading, acquiredAt: NOW })).length, 3);
  });

  test("a single volume that nobody has noted anything on is the one", () => {
    assert.deepEqual(running(plan(2, { "orders-i-bbbb": 0 })), ["orders-i-bbbb"]);
  });

  test("refuses to guess among volumes of which none, or two, were the primary's last", () => {
    for (const volumes of [
      { "orders-i-aaaa": 0, "orders-i-bbbb": 0 },
      { "orders-i-aaaa": 4, "orders-i-bbbb": 4 },
    ]) {
      const p = plan(1, volumes);
      assert.deepEqual(names(p), [], "no instance is made, so that each of them can still be chosen");
      assert.equal(p.problems[0]?.reason, "DataAdopted");
      assert.match(
        p.problems[0]?.message ?? "",
        /orders-i-aaaa-pgdata, orders-i-bbbb-pgdata.*kubectl annotate pvc NAME --overwrite keelson.dev\/reign=[15]/,
      );
    }
    assert.deepEqual(
      running(plan(2, { "orders-i-aaaa": 0, "orders-i-bbbb": 1 })),
      ["orders-i-bbbb"],
      "after the remedy",
    );
  });

  test("refuses to start without the last primary's volume when its instance set is not specified", () => {
    const p = plan(1, { "orders-i-aaaa": 2, "orders-x-bbbb": 3 });
    assert.deepEqual(names(p), []);
    assert.match(p.problems[0]?.message ?? "", /orders-x-bbbb-pgdata.*name a set x/);
  });

  test("the volumes know better than a note that came along with an old manifest", () => {
    assert.deepEqual(running(plan(2, { "orders-i-aaaa": 2, "orders-i-bbbb": 3 }, {}, { noted: "orders-i-aaaa" })), [
      "orders-i-bbbb",
    ]);
  });

  test("a volume that was a primary's counts though it was brought back after the cluster's resource", () => {
    assert.deepEqual(running(plan(2, { "orders-i-aaaa": 2 }, {}, { made: NOW })), ["orders-i-aaaa"]);
  });

  test("claims that were never bound have no data to choose among", () => {
    const p = plan(2, { "orders-i-aaaa": 0, "orders-i-bbbb": 0 }, {}, { phase: "Pending" });
    assert.deepEqual([p.problems, running(p)], [[], ["orders-i-aaaa", "orders-i-bbbb"]]);
  });

  test("once somebody has led, Patroni knows best", () => {
    const members: Member[] = [{ name: "orders-i-aaaa" }, { name: "orders-i-bbbb", pod: false, replicas: 0 }];
    const p = plan(2, { "orders-i-aaaa": 0, "orders-i-bbbb": 0 }, { members, acquiredAt: NOW });
    assert.deepEqual(p.problems, []);
    assert.equal(running(p).length, 2);
  });
});
