import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { StatefulSet } from "@keelson/kube";
import fc from "fast-check";
import { catalogue, clusterResource, live, type Member, type Scene, viewOf } from "../testing/fixtures.ts";
import { desiredObjects } from "./desired.ts";
import { annotation } from "./labels.ts";
import { normalize } from "./normalize.ts";
import { type InstancePlan, planInstances } from "./plan-instances.ts";

const claim = { accessModes: ["ReadWriteOnce"] };

function plan(
  replicas: number,
  scene: Scene,
  spec: object = {},
  annotations: Record<string, string> = {},
): InstancePlan {
  const cr = clusterResource({ instances: [{ name: "i", replicas, dataVolumeClaimSpec: claim }], ...spec } as never, {
    annotations,
  });
  return planInstances(normalize(cr, catalogue).cluster, viewOf({ cr, ...scene }));
}

describe("which instances there are", () => {
  test("a new cluster gets names that depend on the cluster only", () => {
    const first = plan(3, { members: [], initialized: false });
    assert.equal(first.wanted.length, 3);
    assert.deepEqual(
      plan(3, { members: [], initialized: false }).wanted.map((w) => w.name),
      first.wanted.map((w) => w.name),
    );
    assert.ok(first.wanted.every((w) => /^orders-i-[b-df-hj-np-tv-z2-9]{4}$/.test(w.name) && w.running));
  });

  test("volumes that are there are taken up before new ones are made", () => {
    const p = plan(2, { members: [], claims: ["orders-i-old1"], initialized: false });
    assert.ok(p.wanted.some((w) => w.name === "orders-i-old1"));
    assert.deepEqual(p.adopted, ["orders-i-old1"]);
  });

  test("scaling down takes what does not work, then what is behind, never the primary", () => {
    const members: Member[] = [
      { name: "orders-i-aaaa", role: "primary" },
      { name: "orders-i-bbbb", lsn: 1 },
      { name: "orders-i-cccc", lsn: 9 },
      { name: "orders-i-dddd", ready: false, lsn: 99 },
    ];
    assert.deepEqual(
      plan(3, { members }).surplus.map((i) => i.name),
      ["orders-i-dddd"],
    );
    assert.deepEqual(
      plan(1, { members: members.slice(0, 3) }).surplus.map((i) => i.name),
      ["orders-i-bbbb"],
    );
  });

  test("a set that is removed gives the primary to another set first", () => {
    const p = plan(1, { members: [{ name: "orders-x-aaaa", set: "x", role: "primary" }, { name: "orders-i-bbbb" }] });
    assert.equal(p.primaryMustMove, true);
    assert.deepEqual(p.surplus, []);
  });
});

describe("which instances run", () => {
  const running = (p: InstancePlan): string[] => p.wanted.filter((w) => w.running).map((w) => w.name);

  test("a pause stops the replicas first and the primary last", () => {
    assert.deepEqual(running(plan(3, {}, { pause: true })), ["orders-i-aaaa"]);
    const alone: Member[] = [
      { name: "orders-i-aaaa", role: "primary" },
      { name: "orders-i-bbbb", pod: false, replicas: 0 },
      { name: "orders-i-cccc", pod: false, replicas: 0 },
    ];
    assert.deepEqual(running(plan(3, { members: alone }, { pause: true })), []);
  });

  test("after a pause the last primary starts alone", () => {
    const stopped: Member[] = ["aaaa", "bbbb", "cccc"].map((s) => ({ name: `orders-i-${s}`, pod: false, replicas: 0 }));
    assert.deepEqual(running(plan(3, { members: stopped }, {}, { [annotation.startup]: "orders-i-bbbb" })), [
      "orders-i-bbbb",
    ]);
  });

  test("a cluster that loses its primary keeps its replicas running", () => {
    const members: Member[] = [
      { name: "orders-i-bbbb" },
      { name: "orders-i-cccc" },
      { name: "orders-i-aaaa", pod: false },
    ];
    assert.equal(running(plan(3, { members, leader: null })).length, 3);
  });

  describe("of a set that the specification no longer has", () => {
    const leader: Member = { name: "orders-x-aaaa", set: "x", role: "primary" };
    const replica: Member = { name: "orders-x-bbbb", set: "x" };
    const stopped = { pod: false, replicas: 0 };
    const asked = { instances: [{ name: "i", replicas: 1, dataVolumeClaimSpec: claim }] };

    /** Names of the set's StatefulSets that are written, with their replicas. */
    const written = (members: Member[], spec: object = {}, scene: Scene = {}, annotations = {}): object => {
      const cr = clusterResource({ ...asked, ...spec } as never, { annotations });
      const view = viewOf({ cr, members, ...scene });
      const { cluster } = normalize(cr, catalogue);
      const { workloads } = desiredObjects(cluster, view, planInstances(cluster, view));
      const former = workloads.filter((w) => w.metadata?.name?.startsWith("orders-x-"));
      return Object.fromEntries(former.map((w) => [w.metadata?.name, (w as StatefulSet).spec?.replicas]));
    };

    test("all stop with a pause, the primary last", () => {
      assert.deepEqual(written([leader, replica], { pause: true }), { "orders-x-bbbb": 0 });
      const alone = [leader, { ...replica, ...stopped }];
      assert.deepEqual(written(alone, { pause: true }), { "orders-x-aaaa": 0 });
      assert.deepEqual(written([leader, replica]), {}, "nothing is written while nothing stops");
    });

    test("all stop for a restore", () => {
      const restore = live({
        metadata: { name: "r", annotations: { "keelson.dev/instance": "orders-x-aaaa" } },
        spec: { pgCluster: "orders" },
        status: { state: "Starting" },
      });
      const scene = { restores: [restore as never] };
      assert.deepEqual(written([leader, replica], {}, scene), { "orders-x-bbbb": 0 });
      assert.deepEqual(written([leader, { ...replica, ...stopped }], {}, scene), { "orders-x-aaaa": 0 });
    });

    test("afterwards the one that led starts alone, and the others with its being primary", () => {
      const still = [
        { name: leader.name, set: "x", ...stopped },
        { ...replica, ...stopped },
      ];
      const noted = { [annotation.startup]: leader.name };
      assert.deepEqual(written(still, {}, {}, noted), { "orders-x-aaaa": 1 });
      assert.deepEqual(running(plan(1, { members: still }, {}, noted)), []);
      assert.deepEqual(written([leader, { ...replica, ...stopped }], {}, {}, noted), { "orders-x-bbbb": 1 });
    });
  });

  test("during a restore nothing runs", () => {
    const restore = live({
      metadata: { name: "r", annotations: { "keelson.dev/instance": "orders-i-aaaa" } },
      spec: { pgCluster: "orders" },
      status: { state: "Running" },
    });
    assert.deepEqual(running(plan(3, { restores: [restore as never] })), []);
  });
});

test("whatever there is, the primary is wanted or must move, and counts are met", () => {
  const member = fc.record({
    suffix: fc.stringMatching(/^[b-d]{4}$/),
    ready: fc.boolean(),
    lsn: fc.nat(100),
    set: fc.constantFrom("i", "x"),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(member, { selector: (m) => m.suffix, maxLength: 6 }),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(5),
      (list, replicas, primaryAt) => {
        const members: Member[] = list.map((m, i) => ({
          name: `orders-${m.set}-${m.suffix}`,
          set: m.set,
          lsn: m.lsn,
          ...(i === primaryAt ? { role: "primary" as const } : { ready: m.ready }),
        }));
        const p = plan(replicas, { members });
        const primary = members.find((m) => m.role === "primary");
        assert.ok(primary === undefined || p.surplus.every((i) => i.name !== primary.name));
        assert.ok(primary === undefined || p.primaryMustMove || p.wanted.some((w) => w.name === primary.name));
        const there = members.filter((m) => m.set === "i").length;
        const going = p.surplus.filter((i) => i.set === "i").length;
        assert.ok(p.surplus.length <= (primary === undefined ? 0 : 1), "one at a time, and nobody without a primary");
        assert.equal(p.wanted.length, Math.max(replicas, there - going));
        assert.equal(new Set(p.wanted.map((w) => w.name)).size, p.wanted.length);
      },
    ),
  );
});
