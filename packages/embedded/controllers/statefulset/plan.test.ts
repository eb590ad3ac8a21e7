import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { ControllerRevision, PersistentVolumeClaim, Pod } from "../objects/types.ts";
import { kubelet, NOW, ready, World } from "../testing/world.ts";
import { type OwningSet, ordinalOf } from "./members.ts";
import { planStatefulSet } from "./plan.ts";
import { memberRevision } from "./status.ts";

type Spec = Partial<NonNullable<OwningSet["spec"]>>;

function set(spec: Spec = {}): OwningSet {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "web", namespace: "ns", uid: "set-uid", generation: 1 },
    spec: {
      serviceName: "web",
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "one" }] } },
      updateStrategy: { type: "RollingUpdate" },
      ...spec,
    },
  };
}

function world(spec: Spec = {}): World {
  const made = new World();
  made.put("StatefulSet", set(spec));
  return made;
}

const live = (each: World): OwningSet => each.get<OwningSet>("StatefulSet", "web") ?? set();
const pods = (each: World) => each.list<Pod>("Pod");
const plan = (each: World) =>
  planStatefulSet({
    set: live(each),
    revisions: each.list<ControllerRevision>("ControllerRevision"),
    pods: pods(each),
    claims: new Map(
      each.list<PersistentVolumeClaim>("PersistentVolumeClaim").map((claim) => [claim.metadata.name ?? "", claim]),
    ),
    now: NOW,
  });
const names = (each: World) =>
  pods(each)
    .map((pod) => pod.metadata.name)
    .sort();
const edit = (each: World, spec: Spec) => {
  each.change<OwningSet>("StatefulSet", "web", (one) => ({
    ...one,
    metadata: { ...one.metadata, generation: (one.metadata.generation ?? 0) + 1 },
    spec: { ...(one.spec ?? set().spec), ...spec } as NonNullable<OwningSet["spec"]>,
  }));
};
const image = (name: string): Spec => ({
  template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: name }] } },
});
const created = (each: World) =>
  plan(each).actions.flatMap((a) => (a.type === "create" && a.kind === "Pod" ? [a.object.metadata.name] : []));
const deleted = (each: World) =>
  plan(each).actions.flatMap((a) => (a.type === "delete" && a.kind === "Pod" ? [a.ref.name] : []));

describe("StatefulSet", () => {
  test("ordered: one at a time, each after the one before is available", () => {
    const each = world();
    assert.deepEqual(created(each), ["web-0"]);
    each.settle(plan);
    assert.deepEqual(names(each), ["web-0"], "web-1 waits for web-0");
    each.change<Pod>("Pod", "web-0", (pod) => ready(pod));
    assert.deepEqual(created(each), ["web-1"]);
  });

  test("parallel: all at once", () => {
    assert.deepEqual(created(world({ podManagementPolicy: "Parallel" })), ["web-0", "web-1", "web-2"]);
  });

  test("pods have the identity that names and claims are made of", () => {
    const each = world({ replicas: 1, ordinals: { start: 5 }, volumeClaimTemplates: [{ metadata: { name: "data" } }] });
    each.settle(plan, { kubelet: kubelet() });
    const [pod] = pods(each);
    assert.equal(pod?.metadata.name, "web-5");
    assert.equal(pod?.spec?.hostname, "web-5");
    assert.equal(pod?.spec?.subdomain, "web");
    assert.equal(pod?.metadata.labels?.["statefulset.kubernetes.io/pod-name"], "web-5");
    assert.equal(pod?.metadata.labels?.["apps.kubernetes.io/pod-index"], "5");
    assert.deepEqual(pod?.spec?.volumes, [{ name: "data", persistentVolumeClaim: { claimName: "data-web-5" } }]);
    assert.equal(
      each.get<PersistentVolumeClaim>("PersistentVolumeClaim", "data-web-5")?.metadata.labels?.["app"],
      "web",
    );
  });

  test("a failed pod is replaced; a stuck one stops an ordered set, as in Kubernetes", () => {
    const each = world();
    each.settle(plan, { kubelet: kubelet() });
    each.change<Pod>("Pod", "web-1", (pod) => ({ ...pod, status: { phase: "Failed" } }));
    assert.deepEqual(deleted(each), ["web-1"]);
    each.settle(plan, { kubelet: kubelet() });
    each.change<Pod>("Pod", "web-0", (pod) => ({
      ...pod,
      status: { phase: "Running", conditions: [{ type: "Ready", status: "False" }] },
    }));
    edit(each, image("two"));
    each.settle(plan);
    assert.equal(deleted(each).length, 0, "nothing is updated while web-0 is not available");
  });

  test("an update goes from the highest ordinal down, and stops at the partition", () => {
    const each = world({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } });
    each.settle(plan, { kubelet: kubelet() });
    const first = live(each).status?.updateRevision;
    edit(each, image("two"));
    each.settle(plan);
    assert.deepEqual(
      names(each).filter((name) => each.get<Pod>("Pod", name ?? "")?.metadata.deletionTimestamp !== undefined),
      ["web-2"],
    );
    each.settle(plan, { kubelet: kubelet() });
    assert.deepEqual(
      pods(each)
        .map((pod) => [pod.metadata.name, memberRevision(pod) === first])
        .sort(),
      [
        ["web-0", true],
        ["web-1", false],
        ["web-2", false],
      ],
    );
    each.remove("Pod", "web-0");
    each.settle(plan, { kubelet: kubelet() });
    assert.equal(
      memberRevision(each.get<Pod>("Pod", "web-0") ?? { metadata: {} }),
      first,
      "below the partition a lost pod comes back as it was",
    );
  });

  test("OnDelete leaves pods alone until somebody deletes them", () => {
    const each = world({ updateStrategy: { type: "OnDelete" } });
    each.settle(plan, { kubelet: kubelet() });
    edit(each, image("two"));
    each.settle(plan, { kubelet: kubelet() });
    assert.ok(pods(each).every((pod) => pod.spec?.containers[0]?.image === "one"));
    each.remove("Pod", "web-1");
    each.settle(plan, { kubelet: kubelet() });
    assert.equal(each.get<Pod>("Pod", "web-1")?.spec?.containers[0]?.image, "two");
  });

  test("maxUnavailable lets several go at once", () => {
    const each = world({
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 2 } },
    });
    each.settle(plan, { kubelet: kubelet() });
    edit(each, image("two"));
    assert.deepEqual(deleted(each), ["web-2", "web-1"]);
  });

  test("a pod is available only after minReadySeconds, and time alone is waited for", () => {
    const each = world({ replicas: 2, minReadySeconds: 30 });
    each.settle(plan);
    each.change<Pod>("Pod", "web-0", (pod) => ready(pod, "2026-01-01T11:59:50Z"));
    assert.deepEqual(created(each), []);
    assert.equal(plan(each).requeueAfterMs, 20_000);
  });

  test("a claim that is being deleted is waited for, and said so", () => {
    const each = world({ replicas: 1, volumeClaimTemplates: [{ metadata: { name: "data" } }] });
    each.put("PersistentVolumeClaim", { metadata: { name: "data-web-0", deletionTimestamp: "2026-01-01T00:00:00Z" } });
    const { actions } = plan(each);
    assert.deepEqual(created(each), []);
    assert.match(actions.map((a) => (a.type === "event" ? a.message : "")).join(), /pvc data-web-0 is being deleted/);
  });

  test("going back to an earlier template uses its revision again", () => {
    const each = world();
    each.settle(plan, { kubelet: kubelet() });
    const first = live(each).status?.currentRevision;
    for (const name of ["two", "one"]) {
      edit(each, image(name));
      each.settle(plan, { kubelet: kubelet() });
    }
    assert.equal(live(each).status?.currentRevision, first);
    assert.equal(each.list("ControllerRevision").length, 2);
    assert.equal(live(each).status?.updatedReplicas, 3);
  });

  const specs = fc.record({
    replicas: fc.integer({ min: 0, max: 5 }),
    podManagementPolicy: fc.constantFrom("OrderedReady", "Parallel"),
    next: fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom("two", "three")), { maxLength: 3 }),
    picks: fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
    partition: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  });

  test("property: order is kept, no ordinal exists twice, and every history ends where the spec says", () => {
    fc.assert(
      fc.property(specs, ({ replicas, podManagementPolicy, next, picks, partition }) => {
        const strategy = partition === undefined ? {} : { rollingUpdate: { partition } };
        const each = world({ replicas, podManagementPolicy, updateStrategy: { type: "RollingUpdate", ...strategy } });
        let pick = 0;
        const choose = (waiting: readonly Pod[]) =>
          waiting[(picks[pick++ % picks.length] ?? 0) % Math.max(1, waiting.length)];
        each.invariant = (now, action) => {
          if (action.type !== "create" || action.kind !== "Pod" || podManagementPolicy !== "OrderedReady") return;
          const ordinal = ordinalOf(live(now), action.object.metadata.name) ?? 0;
          for (let before = 0; before < ordinal; before++) {
            const pod = now.get<Pod>("Pod", `web-${before}`);
            assert.ok(
              pod?.status?.phase === "Running" && pod.metadata.deletionTimestamp === undefined,
              `web-${ordinal} made before web-${before} was ready`,
            );
          }
        };
        each.settle(plan, { kubelet: kubelet(choose) });
        let wanted = replicas;
        for (const step of next) {
          if (typeof step === "number") wanted = step;
          edit(each, typeof step === "number" ? { replicas: step } : image(step));
          each.settle(plan, { kubelet: kubelet(choose) });
        }
        assert.deepEqual(
          names(each),
          Array.from({ length: wanted }, (_, ordinal) => `web-${ordinal}`),
        );
        const status = live(each).status;
        assert.equal(status?.replicas, wanted);
        assert.equal(status?.readyReplicas ?? 0, wanted);
        const current = live(each).spec?.template.spec?.containers[0]?.image;
        for (const pod of pods(each)) {
          const above = (ordinalOf(live(each), pod.metadata.name) ?? 0) >= (partition ?? 0);
          if (above) assert.equal(pod.spec?.containers[0]?.image, current);
        }
        const more = plan(each);
        assert.deepEqual([...more.actions, ...(more.finish?.(undefined) ?? [])], [], "a settled set costs nothing");
      }),
      { numRuns: 150 },
    );
  });

  test("property: dying after any write and beginning anew ends the same", () => {
    const run = (dieAfter?: number) => {
      const each = world({ replicas: 2, volumeClaimTemplates: [{ metadata: { name: "data" } }] });
      const options = dieAfter === undefined ? {} : { dieAfter };
      let count = each.settle(plan, { kubelet: kubelet(), ...options });
      edit(each, { ...image("two"), replicas: 3 });
      count += each.settle(plan, { kubelet: kubelet(), ...options });
      return { end: each.snapshot(), count };
    };
    const whole = run();
    for (let k = 1; k <= whole.count; k++) assert.equal(run(k).end, whole.end, `after action ${k}`);
  });
});
