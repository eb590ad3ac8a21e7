import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Job, Live, Pod } from "@keelson/kube";
import type { PerconaPGRestore } from "@keelson/resources";
import { annotation, label } from "../cluster/labels.ts";
import { normalize } from "../cluster/normalize.ts";
import { catalogue, clusterResource, live, NOW, type Scene, viewOf } from "../testing/fixtures.ts";
import { restoreId } from "./job.ts";
import {
  FAILURE,
  FINALIZER,
  INSTANCE,
  planRestore,
  STEP,
  startingWith,
  TIMELINE_BEFORE,
  takingOver,
  UNTOUCHED,
} from "./plan-restore.ts";

const JOB = "orders-pgbackrest-restore";
const BACK = `${JOB}-back`;

const restore = (
  over: { name?: string; state?: string; annotations?: Record<string, string>; deleted?: boolean } = {},
): Live<PerconaPGRestore> =>
  live({
    metadata: {
      name: over.name ?? "r",
      annotations: { [INSTANCE]: "orders-i-aaaa", ...over.annotations },
      ...(over.deleted === true ? { deletionTimestamp: "2026-11-21T11:59:00Z", finalizers: [FINALIZER] } : {}),
    },
    spec: { pgCluster: "orders", repoName: "repo1" },
    ...(over.state === undefined ? {} : { status: { state: over.state } }),
  } as PerconaPGRestore);

const job = (name: string, of: PerconaPGRestore, condition?: string, secondsAgo = 0): Live<Job> =>
  live({
    metadata: { name, annotations: { "keelson.dev/restore": restoreId(of) } },
    status:
      condition === undefined
        ? { active: 1 }
        : {
            conditions: [
              {
                type: condition,
                status: "True",
                lastTransitionTime: new Date(NOW - secondsAgo * 1000).toISOString(),
              },
            ],
          },
  } as Job);

const pod = (of: string, exitCode?: number): Live<Pod> =>
  live({
    metadata: { name: `${of}-xxxxx`, labels: { "job-name": of, [label.restoreJob]: "" } },
    status: {
      phase: exitCode === undefined ? "Running" : "Failed",
      containerStatuses: [{ state: exitCode === undefined ? {} : { terminated: { exitCode, message: "why" } } }],
    },
  } as unknown as Pod);

const stopped: Scene = {
  members: [{ name: "orders-i-aaaa", pod: false, replicas: 0 }],
  leader: null,
  initialized: false,
};

function step(r: Live<PerconaPGRestore>, jobs: Live<Job>[] = [], scene: Scene = {}, pods: Live<Pod>[] = []) {
  const cr = scene.cr ?? clusterResource();
  const view = viewOf({ ...stopped, cr, restores: [r], ...scene });
  const endpoints = new Map([...view.endpoints].filter(([name]) => name === "orders-ha-config"));
  return planRestore(
    normalize(cr, catalogue).cluster,
    {
      ...view,
      endpoints: scene.members === undefined ? endpoints : view.endpoints,
      jobs: new Map(jobs.map((j) => [j.metadata.name, j])),
      pods: new Map([...view.pods, ...pods.map((p) => [p.metadata.name, p] as const)]),
    },
    r,
  );
}

describe("a restore that fails", () => {
  const running = restore({ state: "Running" });
  const failed = restore({ state: "Running", annotations: { [FAILURE]: "no such transaction." } });

  test("before anything was overwritten leaves the cluster as it was", () => {
    const s = step(running, [job(JOB, running, "Failed")], {}, [pod(JOB, 10)]);
    assert.deepEqual(s, { type: "leave", instance: "orders-i-aaaa", failure: "why" });
    const left = restore({
      state: "Running",
      annotations: { [FAILURE]: "why", [UNTOUCHED]: "true", [STEP]: "starting" },
    });
    assert.equal(step(left).type, "underWay");
    assert.deepEqual(
      step(left, [], { members: [{ name: "orders-i-aaaa", role: "primary" }], leader: "orders-i-aaaa-0" }),
      {
        type: "finish",
        failure: "why",
      },
    );
  });
  test("later brings the data from before back", () => {
    for (const exitCode of [1, 12]) {
      const after = step(running, [job(JOB, running, "Failed")], {}, [pod(JOB, exitCode)]);
      assert.deepEqual(after, { type: "bringBack", failure: "why" });
    }
    const s = step(failed, [job(JOB, failed, "Failed")]);
    assert.deepEqual(s.type === "createJob" && [s.job, s.bringsBack, s.options], [BACK, true, ["--repo=1"]]);
  });
  test("and whose data from before do not come back starts nothing, and tries again after a minute", () => {
    const s = step(failed, [job(BACK, failed, "Failed", 20)], {}, [pod(BACK, 1)]);
    assert.deepEqual(s, { type: "stuck", failure: "no such transaction. why", job: BACK, retryInMs: 40_000 });
    assert.deepEqual(step(failed, [job(BACK, failed, "Failed", 90)]).type, "stuck");
  });
  test("may be replaced by another one once it is deleted: on the same instance, without a moment in which anything starts", () => {
    const given = restore({ state: "Running", annotations: { [FAILURE]: "x" }, deleted: true });
    const jobs = [job(BACK, given, "Failed")];
    const next = restore({ name: "s", annotations: { [INSTANCE]: "" } });
    const both = { restores: [given, next] };
    assert.equal(step(given, jobs, both).type, "stuck");
    assert.deepEqual(step(next, jobs, both), { type: "check", instance: "orders-i-aaaa", primaryPod: undefined });
    const started = { ...next, status: { state: "Starting" } };
    assert.equal(step(given, jobs, { restores: [given, started] }).type, "release");
    assert.equal(step(next, jobs, { restores: [failed, next] }).type, "wait");
  });
});

/** What the resource's annotations are after a patch. */
const patched = (annotations: Record<string, string>, patch: Record<string, string | null>): Record<string, string> =>
  Object.fromEntries(Object.entries({ ...annotations, ...patch }).flatMap(([k, v]) => (v === null ? [] : [[k, v]])));

describe("a restore whose data are wanted back", () => {
  test("when they are complete succeeds with them", () => {
    const failed = restore({ state: "Running", annotations: { [FAILURE]: "lost its node." } });
    const jobs = [job(BACK, failed, "Failed")];
    const s = step(failed, jobs, {}, [pod(BACK, 11)]);
    assert.deepEqual(s, { type: "startInstances", instance: "orders-i-aaaa", id: restoreId(failed) });
    const annotations = patched(failed.metadata.annotations ?? {}, startingWith(failed, restoreId(failed)));
    const started = { ...failed, metadata: { ...failed.metadata, annotations } };
    const cr = clusterResource({}, { annotations: { "keelson.dev/restored": restoreId(failed) } });
    const members = [{ name: "orders-i-aaaa", role: "primary" as const }];
    assert.deepEqual(step(started, jobs, { cr, members, leader: "orders-i-aaaa-0" }, [pod(BACK, 11)]), {
      type: "finish",
      failure: undefined,
    });
    assert.equal(startingWith(failed, `${restoreId(failed)}-back`)[FAILURE], undefined);
  });
});

describe("a restore that begins", () => {
  test("does not take notes that its manifest has brought along for its own", () => {
    const notes = { [STEP]: "starting", [FAILURE]: "of another life", [UNTOUCHED]: "true" };
    assert.equal(step(restore({ annotations: notes })).type, "check");
    const annotations = patched({ ...notes, [TIMELINE_BEFORE]: "9" }, takingOver("orders-i-aaaa", 0));
    assert.deepEqual(annotations, { [INSTANCE]: "orders-i-aaaa" });
  });
  test("notes which timeline is left, so that the way back to it can be shown", () => {
    assert.equal(takingOver("orders-i-aaaa", 2)[TIMELINE_BEFORE], "2");
  });

  const lock = (scene: Scene, lockSeenAt?: number) => {
    const view = viewOf({ ...scene, restores: [restore()] });
    const ha = view.endpoints.get("orders-ha");
    const annotations = { ...ha?.metadata.annotations, ttl: "30" };
    const endpoints = new Map(view.endpoints).set("orders-ha", {
      ...ha,
      metadata: { ...ha?.metadata, annotations },
    } as never);
    return { ...view, endpoints, lockSeenAt };
  };
  const begin = (view: ReturnType<typeof viewOf>) => {
    const [mine] = view.restores;
    assert.ok(mine !== undefined);
    return planRestore(normalize(view.cr, catalogue).cluster, view, mine);
  };
  test("says what it waits for: the repository host, somebody who lets the operator work", () => {
    const host = step(restore(), [], { repoHostReady: false });
    assert.match(host.type === "wait" ? host.message : "", /^The repository host is not ready/);
    const alone = step(restore(), [], { cr: clusterResource({ unmanaged: true }) });
    assert.equal(alone.type === "wait" && alone.reason, "ClusterUnmanaged");
  });

  const members = [{ name: "orders-i-aaaa" }, { name: "orders-i-bbbb", pod: false }, { name: "orders-i-cccc" }];

  test("without a primary takes the instance that held the lock, after the lock has run out", () => {
    const scene = { members, leader: "orders-i-bbbb-0" };
    const waits = begin(lock(scene, NOW - 10_000));
    assert.deepEqual(waits.type === "wait" && [waits.reason, waits.atMostMs], ["ClusterNotReady", 20_000]);
    for (const renewed of [NOW - 40_000, undefined]) {
      const s = begin(lock(scene, renewed));
      assert.deepEqual(s, { type: "check", instance: "orders-i-bbbb", primaryPod: undefined });
    }
  });
  test("where nobody holds the lock takes the one whose volume was the primary's last", () => {
    const view = lock({ members, leader: null, claims: ["orders-i-aaaa", "orders-i-cccc"] });
    const [first, second] = [...view.claims.values()];
    assert.ok(first !== undefined && second !== undefined);
    const reigned = { ...second, metadata: { ...second.metadata, annotations: { [annotation.reign]: "4" } } };
    const claims = new Map([first, reigned].map((claim) => [claim.metadata.name, claim]));
    const s = begin({ ...view, claims });
    assert.equal(s.type === "check" && s.instance, "orders-i-cccc");
  });
});

describe("a restore that is deleted", () => {
  const deleted = restore({ state: "Running", deleted: true });
  test("while its Job writes: the Job ends first, then the data from before come back", () => {
    assert.deepEqual(step(deleted, [job(JOB, deleted)]), {
      type: "bringBack",
      failure: "The PerconaPGRestore was deleted before it was complete.",
      endJob: JOB,
    });
    const going = restore({ state: "Running", deleted: true, annotations: { [FAILURE]: "x" } });
    const late = step(going, [job(JOB, going)]);
    assert.equal(late.type === "bringBack" && late.endJob, JOB);
    assert.equal(step(going, [], {}, [pod(JOB)]).type, "wait");
    assert.equal(step(going).type, "createJob");
  });
  test("when its data are there goes on to the end", () => {
    assert.equal(step(deleted, [job(JOB, deleted, "Complete")]).type, "startInstances");
  });
  test("goes at once when it has not begun or is over", () => {
    assert.equal(step(restore({ deleted: true })).type, "release");
    assert.equal(step(restore({ state: "Succeeded", deleted: true })).type, "release");
    assert.equal(step(restore({ state: "Succeeded" })).type, "nothing");
    const going = clusterResource({}, { deletionTimestamp: "2026-11-21T11:59:00Z", finalizers: ["x"] });
    assert.equal(step(deleted, [], { cr: going }).type, "release");
  });
});

test("a restore that has taken the cluster over says how far it is, and what stands in its way", () => {
  const mine = restore({ state: "Running" });
  const stopping = step(mine, [], { members: [{ name: "orders-i-aaaa", replicas: 0 }] });
  assert.match(stopping.type === "underWay" ? stopping.message : "", /orders-i-aaaa-0/);
  const works = step(mine, [job(JOB, mine)]);
  assert.deepEqual(works, { type: "underWay", message: `Job ${JOB} restores the data.`, job: JOB });
  const conditions = [{ type: "PodScheduled", status: "False", message: "0/1 nodes are available" }];
  const pending = live({
    metadata: { name: `${JOB}-xxxxx`, labels: { "job-name": JOB, [label.restoreJob]: "" } },
    status: { phase: "Pending", conditions },
  } as unknown as Pod);
  const stands = step(mine, [job(JOB, mine)], {}, [pending]);
  assert.match(stands.type === "underWay" ? (stands.trouble?.message ?? "") : "", /0\/1 nodes are available/);
});

test("another incarnation's Job is not taken for this one's", () => {
  const [mine, other] = [restore({ state: "Starting" }), restore({ state: "Starting" })];
  assert.equal(step(mine, [job(JOB, other, "Complete")]).type, "wait");
});
