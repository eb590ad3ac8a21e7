import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { BY_CONTROLLER, ownership } from "../objects/indexes.ts";
import type { Deployment, Pod, ReplicaSet } from "../objects/types.ts";
import { type OwningReplicaSet, planReplicaSet } from "../replicaset/plan.ts";
import { kubelet, NOW, World } from "../testing/world.ts";
import { planDeployment } from "./plan.ts";
import { type OwningDeployment, rollingLimits } from "./replica-sets.ts";

type Spec = Partial<NonNullable<OwningDeployment["spec"]>>;

const template = (image: string) => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "c", image }] },
});

function world(spec: Spec = {}): World {
  const made = new World();
  const deployment: OwningDeployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "ns", uid: "dep-uid" },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: "web" } },
      template: template("one"),
      progressDeadlineSeconds: 600,
      ...spec,
    },
  };
  made.put("Deployment", deployment);
  return made;
}

const live = (each: World) => each.get<OwningDeployment>("Deployment", "web") as OwningDeployment;
const sets = (each: World) => each.list<ReplicaSet>("ReplicaSet");
const owned = (each: World, uid: string | undefined) =>
  each.list<Pod>("Pod").filter((pod) => ownership[BY_CONTROLLER](pod)[0] === uid);
const deploy = (each: World) =>
  planDeployment({
    deployment: live(each),
    replicaSets: sets(each),
    pods: each.list<Pod>("Pod"),
    takenNames: new Set(),
    now: NOW,
  });

/** The Deployment controller and one ReplicaSet controller per set, taking turns. */
function controllers(): (each: World) => ReturnType<typeof deploy> {
  let turn = 0;
  return (each) => {
    const all = sets(each);
    const at = turn++ % (all.length + 1);
    const set = all[at - 1];
    if (set === undefined) return deploy(each);
    return planReplicaSet({
      set: { ...set, apiVersion: "apps/v1", kind: "ReplicaSet" } as OwningReplicaSet,
      pods: owned(each, set.metadata.uid),
      now: NOW,
    });
  };
}

/** Runs until all controllers and the kubelet have nothing to do. */
function settle(each: World, act: ReturnType<typeof kubelet> = kubelet()): void {
  const plan = controllers();
  let quiet = 0;
  for (let round = 0; round < 3000; round++) {
    const { actions, finish } = plan(each);
    const all = [...actions, ...(finish?.(undefined) ?? [])].filter((action) => action.type !== "event");
    for (const action of all) if (!each.perform(action)) break;
    const moved = act(each);
    quiet = all.length === 0 && !moved ? quiet + 1 : 0;
    if (quiet > sets(each).length + 2) return;
  }
  throw new Error(`not settled: ${each.snapshot()}`);
}

function edit(each: World, spec: Spec): void {
  each.change<Deployment>("Deployment", "web", (one) => ({
    ...one,
    metadata: { ...one.metadata, generation: (one.metadata.generation ?? 1) + 1 },
    spec: { ...one.spec, ...spec } as NonNullable<Deployment["spec"]>,
  }));
}

const condition = (each: World, type: string) => live(each).status?.conditions?.find((one) => one.type === type);

describe("Deployment", () => {
  test("the first rollout makes one ReplicaSet and ends complete", () => {
    const each = world();
    settle(each);
    const [set] = sets(each);
    assert.equal(sets(each).length, 1);
    assert.equal(set?.metadata.labels?.["pod-template-hash"], set?.spec?.selector.matchLabels?.["pod-template-hash"]);
    assert.equal(set?.metadata.annotations?.["deployment.kubernetes.io/revision"], "1");
    assert.equal(live(each).metadata.annotations?.["deployment.kubernetes.io/revision"], "1");
    assert.equal(condition(each, "Progressing")?.reason, "NewReplicaSetAvailable");
    assert.equal(condition(each, "Available")?.status, "True");
    assert.equal(live(each).status?.availableReplicas, 4);
  });

  test("going back to an old template uses its ReplicaSet and gives it the newest revision", () => {
    const each = world();
    settle(each);
    const first = sets(each)[0]?.metadata.name;
    for (const image of ["two", "one"]) {
      edit(each, { template: template(image) });
      settle(each);
    }
    assert.equal(sets(each).length, 2);
    const active = sets(each).find((set) => (set.spec?.replicas ?? 0) > 0);
    assert.equal(active?.metadata.name, first);
    assert.equal(active?.metadata.annotations?.["deployment.kubernetes.io/revision"], "3");
    assert.equal(active?.metadata.annotations?.["deployment.kubernetes.io/revision-history"], "1");
  });

  test("history beyond its limit goes, oldest first", () => {
    const each = world({ revisionHistoryLimit: 1 });
    for (const image of ["one", "two", "three", "four"]) {
      edit(each, { template: template(image) });
      settle(each);
    }
    assert.deepEqual(
      sets(each)
        .map((set) => set.spec?.template?.spec?.containers[0]?.image)
        .sort(),
      ["four", "three"],
    );
  });

  test("a paused Deployment scales but does not roll out", () => {
    const each = world();
    settle(each);
    edit(each, { paused: true, template: template("two"), replicas: 6 });
    settle(each);
    assert.equal(sets(each).length, 1);
    assert.equal(sets(each)[0]?.spec?.replicas, 6);
    assert.equal(condition(each, "Progressing")?.reason, "DeploymentPaused");
  });

  test("scaling in the middle of a rollout is shared in proportion", () => {
    const each = world({
      replicas: 10,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
    });
    settle(each);
    edit(each, { template: template("two") });
    // New pods never become ready: the rollout stops half-way.
    settle(
      each,
      kubelet((pods) =>
        pods.find((pod) => pod.spec?.containers[0]?.image === "one" || pod.metadata.deletionTimestamp !== undefined),
      ),
    );
    edit(each, { replicas: 20 });
    const before = sets(each)
      .map((set) => set.spec?.replicas ?? 0)
      .sort((a, b) => a - b);
    assert.deepEqual(before, [5, 8]);
    for (const action of deploy(each).actions) each.perform(action);
    assert.deepEqual(
      sets(each)
        .map((set) => set.spec?.replicas ?? 0)
        .sort((a, b) => a - b),
      [9, 14],
    );
  });

  test("a name that belongs to somebody else leads to another name", () => {
    const each = world();
    const view = { deployment: live(each), replicaSets: [], pods: [], now: NOW };
    const [first] = planDeployment({ ...view, takenNames: new Set() }).actions;
    assert.ok(first?.type === "create");
    const taken = new Set([first.object.metadata.name ?? ""]);
    const collided = planDeployment({ ...view, takenNames: taken });
    assert.deepEqual(collided.actions, []);
    for (const action of collided.finish?.(undefined) ?? []) each.perform(action);
    const [second] = planDeployment({ ...view, deployment: live(each), takenNames: taken }).actions;
    assert.ok(second?.type === "create" && !taken.has(second.object.metadata.name ?? ""));
  });

  const amount = fc.oneof(
    fc.integer({ min: 0, max: 4 }),
    fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`),
  );
  const histories = fc.record({
    replicas: fc.integer({ min: 0, max: 8 }),
    maxSurge: amount,
    maxUnavailable: amount,
    steps: fc.array(fc.constantFrom("two", "three", "one"), { maxLength: 3 }),
    picks: fc.array(fc.nat(), { minLength: 1, maxLength: 12 }),
  });

  test("property: a rolling update never has too few available nor too many in all, and it ends", () => {
    fc.assert(
      fc.property(histories, ({ replicas, maxSurge, maxUnavailable, steps, picks }) => {
        const rollingUpdate = { maxSurge, maxUnavailable };
        const each = world({ replicas, strategy: { type: "RollingUpdate", rollingUpdate } });
        let pick = 0;
        const choose = (waiting: readonly Pod[]) =>
          waiting[(picks[pick++ % picks.length] ?? 0) % Math.max(1, waiting.length)];
        settle(each, kubelet(choose));
        const { surge, unavailable } = rollingLimits(live(each));
        each.invariant = (now) => {
          const all = now.list<Pod>("Pod").filter((pod) => pod.metadata.deletionTimestamp === undefined);
          const ready = all.filter((pod) => pod.status?.phase === "Running").length;
          assert.ok(ready >= replicas - unavailable, `${ready} ready of ${replicas}, ${unavailable} may be missing`);
          const size = sets(now).reduce((sum, set) => sum + (set.spec?.replicas ?? 0), 0);
          assert.ok(size <= replicas + surge, `${size} wanted of ${replicas}, ${surge} may be beyond`);
        };
        let image = "one";
        for (const step of steps) {
          image = step;
          edit(each, { template: template(step) });
          settle(each, kubelet(choose));
        }
        const pods = each.list<Pod>("Pod");
        assert.equal(pods.length, replicas);
        assert.ok(pods.every((pod) => pod.spec?.containers[0]?.image === image));
      }),
      { numRuns: 60 },
    );
  });
});
