import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Node, Pod, Taint } from "../objects/types.ts";
import { planPodGc, surplusEndedPods } from "../pod-gc/plan.ts";
import { NOW } from "../testing/world.ts";
import { planEviction, planLostPod } from "./eviction.ts";
import { planNodeLife } from "./plan.ts";
import { TaintTimes } from "./taint-times.ts";

const node = (ready: string, taints: Taint[] = []): Node => ({
  metadata: { name: "n1", uid: "u" },
  spec: { taints },
  status: { conditions: [{ type: "Ready", status: ready }] },
});
const life = (each: Node, silentMs: number, othersWell = true) =>
  planNodeLife({ node: each, silentMs, graceMs: 10_000, othersWell, now: NOW });
const taintsOf = (each: ReturnType<typeof life>) =>
  each.actions.flatMap((a) =>
    a.type === "patch" && a.subresource === undefined
      ? (a.body as { spec: { taints: Taint[] } }).spec.taints.map((t) => `${t.key.split("/")[1]}:${t.effect}`)
      : [],
  );
const pod = (more: Partial<Pod> = {}): Pod => ({
  metadata: { name: "p", namespace: "ns", uid: "p" },
  spec: { containers: [], nodeName: "n1" },
  ...more,
});

describe("a node", () => {
  test("that is heard and ready is left alone, and looked at when its grace is over", () => {
    assert.deepEqual(life(node("True"), 4_000), { actions: [], requeueAfterMs: 6_000 });
  });

  test("that is silent becomes Unknown, and tainted", () => {
    const lost = life(node("True"), 10_000);
    const status = lost.actions.find((a) => a.type === "patch" && a.subresource === "status");
    const { conditions } = (
      status as unknown as { body: { status: { conditions: { type: string; status: string; reason: string }[] } } }
    ).body.status;
    assert.deepEqual(
      conditions.map((c) => `${c.type}=${c.status} ${c.reason}`),
      [
        "Ready=Unknown NodeStatusUnknown",
        "MemoryPressure=Unknown NodeStatusNeverUpdated",
        "DiskPressure=Unknown NodeStatusNeverUpdated",
        "PIDPressure=Unknown NodeStatusNeverUpdated",
      ],
    );
    assert.deepEqual(taintsOf(lost), ["unreachable:NoSchedule", "unreachable:NoExecute"]);
    assert.equal(lost.requeueAfterMs, undefined, "its next sign of life wakes us");
  });

  test("evicts nobody while no other node is well", () => {
    assert.deepEqual(taintsOf(life(node("True"), 10_000, false)), ["unreachable:NoSchedule"]);
  });

  test("that is back loses our taints and keeps those of others", () => {
    const others: Taint = { key: "mine", effect: "NoSchedule" };
    const back = life(node("True", [{ key: "node.kubernetes.io/unreachable", effect: "NoExecute" }, others]), 0);
    assert.deepEqual(
      back.actions.map((a) => (a.type === "patch" ? a.body : a)),
      [{ metadata: { uid: "u" }, spec: { taints: [others] } }],
    );
  });

  test("keeps new pods away by its conditions and by cordon", () => {
    const troubled: Node = {
      ...node("True"),
      spec: { unschedulable: true },
      status: {
        conditions: [
          { type: "Ready", status: "True" },
          { type: "DiskPressure", status: "True" },
        ],
      },
    };
    assert.deepEqual(taintsOf(life(troubled, 0)), ["disk-pressure:NoSchedule", "unschedulable:NoSchedule"]);
  });

  test("marked once is not marked again", () => {
    const each = life(node("True"), 10_000);
    const patched = each.actions.map((a) =>
      a.type === "patch" ? (a.body as { status?: Node["status"]; spec?: Node["spec"] }) : {},
    );
    const after: Node = {
      metadata: { name: "n1", uid: "u" },
      spec: { ...patched.find((b) => b.spec)?.spec },
      status: { ...patched.find((b) => b.status)?.status },
    };
    assert.deepEqual(life(after, 60_000).actions, []);
  });
});

describe("pods of a tainted node", () => {
  const tainted = node("Unknown", [{ key: "k", effect: "NoExecute", timeAdded: "2026-01-01T11:59:00Z" }]);
  const tolerating = (seconds?: number) =>
    pod({
      spec: {
        containers: [],
        nodeName: "n1",
        tolerations: [
          { key: "k", operator: "Exists", ...(seconds === undefined ? {} : { tolerationSeconds: seconds }) },
        ],
      },
    });

  test("leave at once, after their time, or never, by their tolerations", () => {
    assert.equal(planEviction(pod(), tainted, NOW).actions.at(-1)?.type, "delete");
    assert.deepEqual(planEviction(tolerating(90), tainted, NOW), { actions: [], requeueAfterMs: 30_000 });
    assert.equal(planEviction(tolerating(30), tainted, NOW).actions.length, 2);
    assert.deepEqual(planEviction(tolerating(), tainted, NOW), { actions: [] });
  });

  test("are given their time from when a taint without a time was first seen", () => {
    const taint: Taint = { key: "k", effect: "NoExecute" };
    const byHand = node("True", [taint]);
    const times = new TaintTimes();
    const plan = (at: number, on = byHand) => planEviction(tolerating(60), on, at, (each) => times.since(on, each, at));
    assert.deepEqual(plan(NOW), { actions: [], requeueAfterMs: 60_000 });
    assert.deepEqual(plan(NOW + 20_000), { actions: [], requeueAfterMs: 40_000 });
    assert.equal(plan(NOW + 60_000).actions.at(-1)?.type, "delete");
    times.since(node("True"), taint, NOW + 70_000);
    assert.deepEqual(plan(NOW + 80_000), { actions: [], requeueAfterMs: 60_000 }, "taken away and put there again");
  });

  test("that is not ready serve nobody", () => {
    const serving = pod({ status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } });
    const [action] = planLostPod(serving, tainted, NOW);
    assert.ok(action?.type === "patch" && JSON.stringify(action.body).includes('"status":"False"'));
    assert.deepEqual(planLostPod(serving, node("True"), NOW), []);
  });
});

describe("pods that nobody else removes", () => {
  const leaving = pod({ metadata: { ...pod().metadata, deletionTimestamp: "t" } });
  const gc = (each: Pod, at: Node | undefined, missingMs = 0) =>
    planPodGc({ pod: each, node: at, missingMs, now: NOW });

  test("of a node that is gone, after a quarantine", () => {
    assert.deepEqual(gc(pod(), undefined, 10_000), { actions: [], requeueAfterMs: 30_000 });
    const [mark, remove] = gc(pod(), undefined, 40_000).actions;
    assert.ok(mark?.type === "patch" && JSON.stringify(mark.body).includes('"phase":"Failed"'));
    assert.ok(remove?.type === "delete" && remove.gracePeriodSeconds === 0);
  });

  test("of a node that is out of service, once they are being deleted", () => {
    const dead = node("Unknown", [{ key: "node.kubernetes.io/out-of-service", effect: "NoExecute" }]);
    assert.deepEqual(gc(pod(), dead).actions, []);
    assert.equal(gc(leaving, dead).actions.length, 2);
    assert.deepEqual(gc(leaving, node("Unknown")).actions, [], "a silent node's pods may still run");
  });

  test("never scheduled and being deleted", () => {
    const unscheduled: Pod = { ...leaving, spec: { containers: [] } };
    assert.equal(gc(unscheduled, undefined).actions[0]?.type, "delete");
  });

  test("ended long ago, when there are too many", () => {
    const ended = (name: string, at: string): Pod => ({
      metadata: { name, creationTimestamp: at },
      status: { phase: "Succeeded" },
    });
    assert.deepEqual(
      surplusEndedPods([ended("new", "3"), ended("old", "1"), ended("mid", "2"), pod()], 2).map((p) => p.metadata.name),
      ["old"],
    );
  });
});
