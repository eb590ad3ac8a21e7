/** Why a Job does not get on, as far as Kubernetes knows. Pure. */
import type { Job, Live, Pod } from "@keelson/kube";
import type { PodKind } from "../cluster/image-field.ts";
import type { PgCluster } from "../cluster/model.ts";
import { podTrouble } from "../cluster/pod-trouble.ts";
import type { View } from "../cluster/view.ts";

/** Kubernetes makes a Job's first pod within a second; from here on something stands in the way. */
const FIRST_POD_MS = 10_000;

/** What keeps the work of a restore or a backup from going on. It goes on by itself once that is gone. */
export interface Trouble {
  readonly reason: string;
  readonly message: string;
}

export interface JobProgress {
  readonly trouble?: Trouble;
  /** When time alone may change the answer. */
  readonly lookAgainMs?: number;
}

/** Pods of a Job, oldest first. */
export const podsOfJob = (view: View, job: string): Live<Pod>[] =>
  [...view.pods.values()]
    .filter(({ metadata: { labels } }) => (labels?.["batch.kubernetes.io/job-name"] ?? labels?.["job-name"]) === job)
    .toSorted((a, b) => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp));

/** How a Job that has not ended gets on. */
export function jobProgress(c: PgCluster, view: View, kind: PodKind, job: Live<Job>): JobProgress {
  const { name, creationTimestamp } = job.metadata;
  const pods = podsOfJob(view, name);
  const pod = pods.findLast(({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed");
  const trouble = podTrouble(c, kind, pod);
  if (trouble !== undefined)
    return { trouble: { reason: "JobFailing", message: `Pod ${pod?.metadata.name} of Job ${name} ${trouble}` } };
  const { active = 0, failed = 0, succeeded = 0 } = job.status ?? {};
  if (pods.length + active + failed + succeeded > 0) return {};
  const left = Date.parse(creationTimestamp) + FIRST_POD_MS - view.now;
  if (left > 0) return { lookAgainMs: left };
  // Why is told in events of the Job only, which the operator may not read.
  const message = `Job ${name} has no pod since ${creationTimestamp}: Kubernetes refuses to make one, most often because of a quota of the namespace. See why with "kubectl describe job ${name}".`;
  return { trouble: { reason: "JobWithoutPod", message } };
}
