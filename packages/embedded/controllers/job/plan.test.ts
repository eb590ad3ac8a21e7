import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Pod } from "../objects/types.ts";
import { NOW, World } from "../testing/world.ts";
import { formatIndexes, parseIndexes } from "./indexes.ts";
import { isFinished, planJob } from "./plan.ts";
import { indexOf, type OwningJob } from "./pods.ts";

type Spec = Partial<NonNullable<OwningJob["spec"]>>;

function world(spec: Spec = {}): World {
  const made = new World();
  const template = {
    metadata: { labels: { app: "job" } },
    spec: { restartPolicy: "Never", containers: [{ name: "c", image: "x" }] },
  };
  const job: OwningJob = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "job", namespace: "ns", uid: "job-uid" },
    spec: { completions: 1, parallelism: 1, backoffLimit: 6, template, ...spec },
  };
  made.put("Job", job);
  return made;
}

const live = (each: World) => each.get<OwningJob>("Job", "job") as OwningJob;
const pods = (each: World) => each.list<Pod>("Pod");
/** Far enough in the future that no backoff is waited for. */
const plan = (each: World) =>
  each.get("Job", "job") === undefined ? undefined : planJob({ job: live(each), pods: pods(each), now: NOW });
const type = (each: World) => live(each).status?.conditions?.map((one) => `${one.type}=${one.status}`);

/** Ends one pod a round; `fails` says which one fails, by the number of pods ended so far. */
function ending(fails: (ended: number, pod: Pod) => boolean): (each: World) => boolean {
  let ended = 0;
  return (each) => {
    const leaving = pods(each).find(
      (pod) => pod.metadata.deletionTimestamp !== undefined && (pod.metadata.finalizers ?? []).length === 0,
    );
    if (leaving !== undefined) {
      each.remove("Pod", leaving.metadata.name ?? "");
      return true;
    }
    const running = pods(each).find(
      (pod) => pod.status?.phase === "Pending" && pod.metadata.deletionTimestamp === undefined,
    );
    if (running === undefined) return false;
    const phase = fails(ended++, running) ? "Failed" : "Succeeded";
    const code = phase === "Failed" ? 3 : 0;
    const containerStatuses = [
      {
        name: "c",
        image: "x",
        imageID: "",
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode: code, finishedAt: "2026-01-01T00:00:00Z" } },
      },
    ];
    each.change<Pod>("Pod", running.metadata.name ?? "", (pod) => ({ ...pod, status: { phase, containerStatuses } }));
    return true;
  };
}

describe("Job", () => {
  test("runs no more at a time than parallelism, and completes", () => {
    const each = world({ completions: 5, parallelism: 2 });
    each.invariant = (now) => {
      const active = pods(now).filter((pod) => pod.status?.phase === "Pending");
      assert.ok(active.length <= 2);
    };
    each.settle(plan, { kubelet: ending(() => false) });
    assert.deepEqual(type(each), ["SuccessCriteriaMet=True", "Complete=True"]);
    assert.equal(live(each).status?.succeeded, 5);
    assert.equal(live(each).status?.completionTime, "2026-01-01T12:00:00Z");
    assert.equal(pods(each).length, 5);
    assert.ok(
      pods(each).every((pod) => (pod.metadata.finalizers ?? []).length === 0),
      "no finalizer is left",
    );
  });

  test("more failures than the limit fail it; what runs is stopped first", () => {
    const each = world({ completions: 3, parallelism: 2, backoffLimit: 1 });
    each.settle(plan, { kubelet: ending((ended) => ended < 2) });
    assert.equal(type(each)?.includes("Failed=True"), true);
    assert.equal(live(each).status?.conditions?.find((one) => one.type === "Failed")?.reason, "BackoffLimitExceeded");
    assert.equal(live(each).status?.active ?? 0, 0);
  });

  test("a failure is waited out: 10 s, then twice as long each time", () => {
    const each = world({ backoffLimit: 6 });
    const failed = (at: string): Pod => ({
      metadata: { name: `p-${at}`, ownerReferences: [], creationTimestamp: at },
      status: {
        phase: "Failed",
        containerStatuses: [
          {
            name: "c",
            image: "",
            imageID: "",
            ready: false,
            restartCount: 0,
            state: { terminated: { exitCode: 1, finishedAt: at } },
          },
        ],
      },
    });
    const at = (list: readonly Pod[]) => planJob({ job: live(each), pods: list, now: NOW });
    assert.equal(at([failed("2026-01-01T11:59:58Z")]).requeueAfterMs, 8_000);
    assert.equal(at([failed("2026-01-01T11:59:40Z"), failed("2026-01-01T11:59:58Z")]).requeueAfterMs, 18_000);
    assert.equal(
      at([failed("2026-01-01T11:59:40Z")]).actions.some((a) => a.type === "create"),
      true,
    );
  });

  test("activeDeadlineSeconds ends it", () => {
    const each = world({ activeDeadlineSeconds: 60 });
    each.settle(plan);
    assert.equal(plan(each)?.requeueAfterMs, 60_000);
    each.settle((now) => planJob({ job: live(now), pods: pods(now), now: NOW + 61_000 }), {
      kubelet: ending(() => false),
    });
    assert.equal(live(each).status?.conditions?.find((one) => one.type === "Failed")?.reason, "DeadlineExceeded");
  });

  test("suspended: pods go, time does not count; resumed: it starts anew", () => {
    const each = world({ completions: 2 });
    each.settle(plan);
    each.change<OwningJob>("Job", "job", (job) => ({
      ...job,
      spec: { ...live(each).spec, suspend: true } as NonNullable<OwningJob["spec"]>,
    }));
    each.settle(plan, { kubelet: ending(() => false) });
    assert.equal(pods(each).filter((pod) => pod.status?.phase === "Pending").length, 0);
    assert.equal(type(each)?.[0], "Suspended=True");
    each.change<OwningJob>("Job", "job", (job) => ({
      ...job,
      spec: { ...live(each).spec, suspend: false } as NonNullable<OwningJob["spec"]>,
    }));
    each.settle(plan, { kubelet: ending(() => false) });
    assert.equal(isFinished(live(each)), true);
  });

  test("podFailurePolicy: an exit code can fail the Job at once or be ignored", () => {
    const rule = (action: string) => ({
      podFailurePolicy: { rules: [{ action, onExitCodes: { operator: "In", values: [3] } }] },
    });
    const fails = world({ ...rule("FailJob") });
    fails.settle(plan, { kubelet: ending(() => true) });
    const failed = live(fails).status?.conditions?.find((one) => one.type === "Failed");
    assert.equal(failed?.reason, "PodFailurePolicy");
    assert.match(
      failed?.message ?? "",
      /Container c for pod ns\/.* failed with exit code 3 matching FailJob rule at index 0/,
    );
    const ignores = world({ ...rule("Ignore"), backoffLimit: 0 });
    ignores.settle(plan, { kubelet: ending((ended) => ended < 3) });
    assert.equal(type(ignores)?.includes("Complete=True"), true);
    assert.equal(live(ignores).status?.failed ?? 0, 0);
  });

  test("finished with a time to live: deleted when it is over, with its pods", () => {
    const each = world({ ttlSecondsAfterFinished: 30 });
    each.settle(plan, { kubelet: ending(() => false) });
    assert.equal(plan(each)?.requeueAfterMs, 30_000);
    const [action] = planJob({ job: live(each), pods: pods(each), now: NOW + 30_000 }).actions;
    assert.ok(action?.type === "delete" && action.kind === "Job" && action.propagationPolicy === "Foreground");
  });

  test("backoffLimitPerIndex: a failed index does not stop the others", () => {
    const each = world({
      completionMode: "Indexed",
      completions: 3,
      parallelism: 3,
      backoffLimitPerIndex: 1,
      backoffLimit: 1000,
    });
    each.settle(plan, { kubelet: ending((_, pod) => indexOf(pod) === 1) });
    assert.equal(live(each).status?.completedIndexes, "0,2");
    assert.equal(live(each).status?.failedIndexes, "1");
    assert.equal(live(each).status?.conditions?.find((one) => one.type === "Failed")?.reason, "FailedIndexes");
  });

  test("indexes are read and written as Kubernetes writes them", () => {
    assert.deepEqual([...parseIndexes("0-2,5,7-99", 9)], [0, 1, 2, 5, 7, 8]);
    assert.equal(formatIndexes([8, 0, 1, 2, 5, 7]), "0-2,5,7,8");
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200)), (list) =>
        assert.deepEqual(
          [...parseIndexes(formatIndexes(list), 201)],
          [...list].sort((a, b) => a - b),
        ),
      ),
    );
  });

  const cases = fc.record({
    completions: fc.integer({ min: 1, max: 6 }),
    parallelism: fc.integer({ min: 1, max: 4 }),
    completionMode: fc.constantFrom("NonIndexed", "Indexed"),
    failures: fc.array(fc.boolean(), { maxLength: 4 }),
    dieAfter: fc.nat(40),
  });

  test("property: every end is counted exactly once, wherever the controller dies", () => {
    fc.assert(
      fc.property(cases, ({ completions, parallelism, completionMode, failures, dieAfter }) => {
        const each = world({ completions, parallelism, completionMode, backoffLimit: 100 });
        each.settle(plan, { kubelet: ending((ended) => failures[ended] === true), dieAfter });
        const status = live(each).status;
        assert.equal(status?.succeeded, completions);
        const failed = pods(each).filter((pod) => pod.status?.phase === "Failed").length;
        assert.equal(status?.failed ?? 0, failed);
        assert.equal(pods(each).filter((pod) => pod.status?.phase === "Succeeded").length, completions);
        assert.deepEqual(status?.uncountedTerminatedPods, {});
        assert.deepEqual(plan(each)?.actions, []);
        if (completionMode === "Indexed")
          assert.equal(status?.completedIndexes, formatIndexes(Array.from({ length: completions }, (_, i) => i)));
      }),
      { numRuns: 150 },
    );
  });
});
