import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ApiError, type Job, type KubeObject, type Live, silentLogger } from "@keelson/kube";
import type { PerconaPGBackup, PerconaPGBackupStatus } from "@keelson/resources";
import type { ClusterDeps } from "../cluster/controller.ts";
import { catalogue, live, NOW, viewOf } from "../testing/fixtures.ts";
import { reconcileBackup } from "./controller.ts";

const backup = (status: PerconaPGBackupStatus): Live<PerconaPGBackup> =>
  live({
    kind: "PerconaPGBackup",
    metadata: { name: "b" },
    spec: { pgCluster: "orders", repoName: "repo1" },
    status,
  } as PerconaPGBackup);

/** One step of a backup; a new Job meets this failure. */
async function reconcile(of: Live<PerconaPGBackup>, jobs: Live<Job>[] = [], failure?: Error) {
  const events: string[] = [];
  let status: PerconaPGBackupStatus | undefined;
  const deps = {
    client: {
      create: async () => {
        if (failure !== undefined) throw failure;
      },
      patch: async (_: unknown, __: unknown, { body }: { body: { value: PerconaPGBackupStatus }[] }) => {
        status = body[1]?.value;
      },
    },
    world: {
      backups: { get: () => of },
      view: () => ({ ...viewOf({ backups: [of] }), jobs: new Map(jobs.map((job) => [job.metadata.name, job])) }),
      locate: (kind: string) => ({ kind: { group: "", plural: kind }, live: undefined }),
    },
    events: { record: (_: KubeObject, { message }: { message: string }) => events.push(message) },
    log: silentLogger,
    catalogue,
    foreignKeys: { read: async () => undefined },
    now: () => NOW,
  } as unknown as ClusterDeps;
  let error: unknown;
  const context = { log: silentLogger, failures: 0 };
  const result = await reconcileBackup("prod/b", new AbortController().signal, context, deps).catch(
    (thrown: unknown) => {
      error = thrown;
    },
  );
  return { status, events, error, result, held: status?.conditions?.find((x) => x.type === "Progressing") };
}

const job = (of: PerconaPGBackup, secondsAgo: number, status: Job["status"] = {}): Live<Job> =>
  live(
    { metadata: { name: "j", ownerReferences: [{ uid: of.metadata.uid }] }, status } as unknown as Job,
    NOW - secondsAgo * 1_000,
  );

describe("a backup that has its turn", () => {
  const starting = backup({ state: "Starting", jobName: "j" });

  test("fails with Kubernetes' words when its Job will never be taken", async () => {
    const message = "Job is invalid: requests: must be less than or equal to memory limit of 1Mi";
    const invalid = new ApiError({ status: 422, reason: "Invalid", message });
    const { status, events, error } = await reconcile(starting, [], invalid);
    assert.equal(error, undefined);
    assert.equal(status?.state, "Failed");
    assert.ok(status?.error?.includes(message));
    assert.match(status?.error ?? "", /spec\.backups\.pgbackrest\.jobs/);
    assert.deepEqual(events, [status?.error]);
  });

  test("says why its Job is not taken now, and tries again", async () => {
    const quota = new ApiError({ status: 403, reason: "Forbidden", message: "exceeded quota: small" });
    const { error, held, status } = await reconcile(starting, [], quota);
    assert.equal(error, quota);
    assert.equal(status?.state, "Starting");
    assert.match(held?.message ?? "", /exceeded quota: small.*ResourceQuota/);
  });

  test("says that its Job gets no pod, once, and takes it back when it has one", async () => {
    assert.deepEqual((await reconcile(starting, [job(starting, 4)])).result, { requeueAfterMs: 6_000 });
    const late = await reconcile(starting, [job(starting, 60)]);
    assert.deepEqual([late.held?.status, late.held?.reason, late.events.length], ["False", "JobWithoutPod", 1]);
    const told = { ...starting, ...(late.status === undefined ? {} : { status: late.status }) };
    assert.deepEqual((await reconcile(told, [job(starting, 60)])).events, []);
    const { status, held } = await reconcile(told, [job(starting, 70, { active: 1 })]);
    assert.deepEqual([status?.state, held], ["Running", undefined]);
  });
});
