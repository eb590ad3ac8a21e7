import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { catalogue, clusterResource, live, type Member, type Scene, viewOf } from "../testing/fixtures.ts";
import { annotation, label } from "./labels.ts";
import { normalize } from "./normalize.ts";
import { type InstancePlan, planInstances } from "./plan-instances.ts";

const a: Member = { name: "orders-i-aaaa", role: "primary" };
const [b, c, d]: Member[] = ["b", "c", "d"].map((x) => ({ name: `orders-i-${x.repeat(4)}` }));
assert.ok(b && c && d);

function plan(replicas: number, scene: Scene, annotations: Record<string, string> = {}): InstancePlan {
  const cr = clusterResource({ instances: [{ name: "i", replicas, dataVolumeClaimSpec: {} }] }, { annotations });
  return planInstances(normalize(cr, catalogue).cluster, viewOf({ cr, ...scene }));
}
const goes = (p: InstancePlan): string | undefined => p.surplus[0]?.name;

describe("scaling down", () => {
  test("waits while no primary is seen: any of them may have the newest data", () => {
    const members = [{ ...a, role: "replica" as const }, b, c];
    const p = plan(1, { members, leader: null });
    assert.equal(goes(p), undefined);
    assert.equal(p.wanted.filter((w) => w.running).length, 3);
  });

  test("does not take who holds the lock, nor who is to lead after a stop, even when they are not seen as primary", () => {
    const members = [{ ...a, role: "replica" as const, ready: false }, b];
    assert.deepEqual(plan(1, { members, leader: "orders-i-aaaa-0" }).surplus, []);
    const promoting = [{ ...a, role: "replica" as const, ready: false }, { ...b, role: "primary" as const }, c];
    assert.equal(goes(plan(2, { members: promoting }, { [annotation.startup]: "orders-i-aaaa" })), "orders-i-cccc");
  });

  test("takes one at a time, the next when the last has stopped and left the list of those that commits wait for", () => {
    assert.equal(plan(1, { members: [a, b, c, d] }).surplus.length, 1);
    const synchronous = ["orders-i-bbbb-0", "orders-i-cccc-0", "orders-i-dddd-0"];
    assert.equal(goes(plan(1, { members: [a, b, c], synchronous })), undefined, "d is still counted on");
    const view = viewOf({ members: [a, b, c] });
    const stopping = live({
      metadata: { name: "orders-i-dddd-0", labels: { [label.data]: "postgres", [label.instance]: "orders-i-dddd" } },
    });
    const cr = clusterResource({ instances: [{ name: "i", replicas: 1, dataVolumeClaimSpec: {} }] });
    const p = planInstances(normalize(cr, catalogue).cluster, {
      ...view,
      pods: new Map([...view.pods, ["orders-i-dddd-0", stopping as never]]),
    });
    assert.equal(goes(p), undefined, "d still stops");
  });

  test("leaves a replica that commits can wait for", () => {
    const late = { ...c, lsn: 9_000 };
    assert.equal(goes(plan(2, { members: [a, b, late], synchronous: ["orders-i-bbbb-0"] })), undefined);
    assert.equal(
      goes(plan(2, { members: [a, b, late], synchronous: ["orders-i-bbbb-0", "orders-i-cccc-0"] })),
      "orders-i-bbbb",
    );
    assert.equal(
      goes(plan(1, { members: [a, b], synchronous: ["orders-i-bbbb-0"] })),
      "orders-i-bbbb",
      "none is to stay",
    );
  });
});

describe("an instance set that gets another name", () => {
  const before: Member[] = [
    { name: "orders-x-aaaa", set: "x", role: "primary" },
    { name: "orders-x-bbbb", set: "x" },
  ];

  test("keeps its replicas until those of the new one are there and synchronous", () => {
    const synchronous = ["orders-x-bbbb-0", "orders-i-bbbb-0"];
    assert.equal(goes(plan(2, { members: before, synchronous: ["orders-x-bbbb-0"] })), undefined);
    assert.equal(goes(plan(2, { members: [...before, b, c], synchronous })), undefined, "no commit waits for c yet");
    const all = [...synchronous, "orders-i-cccc-0"];
    assert.equal(goes(plan(2, { members: [...before, b, c], synchronous: all })), "orders-x-bbbb");
    assert.equal(goes(plan(2, { members: [...before, b, { ...c, ready: false }], synchronous: all })), undefined);
  });
});
