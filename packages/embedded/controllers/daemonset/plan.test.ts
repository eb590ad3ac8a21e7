import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ControllerRevision, Node, Pod } from "../objects/types.ts";
import { kubelet, NOW, World } from "../testing/world.ts";
import { type OwningDaemonSet, planDaemonSet } from "./plan.ts";
import { nodeOf } from "./pods.ts";

const node = (name: string, more: Partial<Node> = {}): Node => ({
  ...more,
  metadata: { name, labels: { "kubernetes.io/hostname": name, ...more.metadata?.labels } },
});
const set = (image = "one", spec: object = {}): OwningDaemonSet => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "agent", namespace: "ns", uid: "ds" },
  spec: {
    selector: { matchLabels: { app: "agent" } },
    template: { metadata: { labels: { app: "agent" } }, spec: { containers: [{ name: "c", image }], ...spec } },
  },
});

function world(nodes: readonly Node[], each = set()): World {
  const made = new World();
  made.put("DaemonSet", each);
  for (const one of nodes) made.put("Node", one);
  return made;
}

const live = (each: World) => each.get<OwningDaemonSet>("DaemonSet", "agent") as OwningDaemonSet;
const pods = (each: World) => each.list<Pod>("Pod");
const plan = (each: World) =>
  planDaemonSet({
    set: live(each),
    pods: pods(each),
    revisions: each.list<ControllerRevision>("ControllerRevision"),
    nodes: each.list<Node>("Node"),
    now: NOW,
  });
const where = (each: World) =>
  pods(each)
    .map((pod) => nodeOf(pod))
    .sort();

describe("DaemonSet", () => {
  test("one pod on each node that fits; a cordon does not matter, a taint does", () => {
    const tainted = node("n3", { spec: { taints: [{ key: "k", effect: "NoSchedule" }] } });
    const each = world([node("n1"), node("n2", { spec: { unschedulable: true } }), tainted]);
    each.settle(plan, { kubelet: kubelet() });
    assert.deepEqual(where(each), ["n1", "n2"]);
    assert.deepEqual(
      [live(each).status?.desiredNumberScheduled, live(each).status?.numberReady, live(each).status?.numberAvailable],
      [2, 2, 2],
    );
    each.put("Node", node("n4"));
    each.settle(plan, { kubelet: kubelet() });
    assert.deepEqual(where(each), ["n1", "n2", "n4"]);
  });

  test("a node selector is followed when labels change", () => {
    const each = world(
      [node("n1"), node("n2", { metadata: { labels: { disk: "fast" } } })],
      set("one", { nodeSelector: { disk: "fast" } }),
    );
    each.settle(plan, { kubelet: kubelet() });
    assert.deepEqual(where(each), ["n2"]);
    each.change<Node>("Node", "n2", (one) => ({ ...one, metadata: { ...one.metadata, labels: {} } }));
    each.settle(plan, { kubelet: kubelet() });
    assert.deepEqual(where(each), []);
  });

  test("an update replaces one at a time and never leaves two nodes without", () => {
    const each = world([node("n1"), node("n2"), node("n3")]);
    each.settle(plan, { kubelet: kubelet() });
    each.change<OwningDaemonSet>(
      "DaemonSet",
      "agent",
      (one) => ({ ...one, ...(set("two").spec === undefined ? {} : { spec: set("two").spec }) }) as OwningDaemonSet,
    );
    each.invariant = (now) => {
      const running = pods(now).filter(
        (pod) => pod.status?.phase === "Running" && pod.metadata.deletionTimestamp === undefined,
      );
      assert.ok(running.length >= 2, `${running.length} of 3 run`);
    };
    each.settle(plan, { kubelet: kubelet() });
    assert.ok(pods(each).every((pod) => pod.spec?.containers[0]?.image === "two"));
    assert.equal(live(each).status?.updatedNumberScheduled, 3);
    const more = plan(each);
    assert.deepEqual([...more.actions, ...(more.finish?.(undefined) ?? [])], []);
  });

  test("an ended pod is replaced, one whose node is gone is removed", () => {
    const each = world([node("n1"), node("n2")]);
    each.settle(plan, { kubelet: kubelet() });
    const name = pods(each).find((pod) => nodeOf(pod) === "n1")?.metadata.name ?? "";
    each.change<Pod>("Pod", name, (pod) => ({ ...pod, status: { phase: "Failed" } }));
    each.remove("Node", "n2");
    each.settle(plan, { kubelet: kubelet() });
    assert.deepEqual(where(each), ["n1"]);
    assert.notEqual(pods(each)[0]?.metadata.name, name);
  });
});
