import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ContainerStatus, Job, Live, Pod } from "@keelson/kube";
import { live, NOW, pgCluster, viewOf } from "../testing/fixtures.ts";
import { type JobProgress, jobProgress } from "./job-progress.ts";

const job = (secondsAgo: number, status: Job["status"] = {}): Live<Job> =>
  live<Job>({ kind: "Job", metadata: { name: "j" }, status }, NOW - secondsAgo * 1_000);

const pod = (status: Partial<NonNullable<Pod["status"]>>): Live<Pod> =>
  live<Pod>({ metadata: { name: "j-xxxxx", labels: { "batch.kubernetes.io/job-name": "j" } }, status } as Pod);

const progress = (of: Live<Job>, ...pods: Live<Pod>[]): JobProgress =>
  jobProgress(pgCluster(), { ...viewOf(), pods: new Map(pods.map((p) => [p.metadata.name, p])) }, "backup", of);

describe("a Job that does not get on", () => {
  test("because Kubernetes makes no pod, is given ten seconds first", () => {
    assert.deepEqual(progress(job(4)), { lookAgainMs: 6_000 });
    const { trouble } = progress(job(11));
    assert.equal(trouble?.reason, "JobWithoutPod");
    assert.match(trouble?.message ?? "", /^Job j has no pod since 2026-.*kubectl describe job j/);
    for (const known of [{ active: 1 }, { failed: 1 }]) assert.deepEqual(progress(job(60, known)), {});
  });

  test("because its pod has no place or no image, with the field that can help", () => {
    const conditions = [{ type: "PodScheduled", status: "False", message: "0/3 nodes are available" }];
    assert.equal(
      progress(job(60, { active: 1 }), pod({ phase: "Pending", conditions })).trouble?.message,
      "Pod j-xxxxx of Job j cannot be placed: 0/3 nodes are available",
    );
    const waiting = { reason: "ImagePullBackOff", message: "no such tag" };
    const containerStatuses = [{ name: "pgbackrest", image: "a:1", state: { waiting } }] as ContainerStatus[];
    assert.match(
      progress(job(60), pod({ phase: "Pending", containerStatuses })).trouble?.message ?? "",
      /spec\.imagePullSecrets: Image of Keelson's agent a:1 cannot be pulled \(no such tag\)/,
    );
  });

  test("is not what works, or has failed and is made again", () => {
    const containerStatuses = [{ name: "pgbackrest", state: { terminated: { exitCode: 1 } } }] as ContainerStatus[];
    assert.deepEqual(progress(job(60), pod({ phase: "Running" })), {});
    assert.deepEqual(progress(job(60, { failed: 1 }), pod({ phase: "Failed", containerStatuses })), {});
  });
});
