/** A Job's pods: how they are made and what their state means. Pure. */
import { type Action, refOf } from "../execution/actions.ts";
import { isActive, isTerminal, isTerminating, podCondition, restartCount } from "../objects/pod-state.ts";
import { podFromTemplate, podNamePrefix } from "../objects/pod-template.ts";
import { millisOf } from "../objects/time.ts";
import type { Job, Millis, Pod } from "../objects/types.ts";

/** A Job with its types, so that it can own. */
export type OwningJob = Job & { readonly apiVersion: "batch/v1"; readonly kind: "Job" };

/** Keeps a pod until its end has been counted. */
export const TRACKING = "batch.kubernetes.io/job-tracking";
export const INDEX = "batch.kubernetes.io/job-completion-index";

/** Milliseconds to wait after the first failure; doubles with each further one. Source: Kubernetes Job documentation. */
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 600_000;

/** Whether completions are numbered. */
export function isIndexed(job: Job): boolean {
  return job.spec?.completionMode === "Indexed";
}

/** The pod's completion index. */
export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[INDEX] ?? pod.metadata.labels?.[INDEX];
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

/** Whether the pod's end still has to be counted. */
export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(TRACKING) === true;
}

/** Lets go of a pod whose end is accounted for. */
export function releaseAction(pod: Pod): Action {
  const { uid, resourceVersion, finalizers = [] } = pod.metadata;
  const body = { metadata: { uid, resourceVersion, finalizers: finalizers.filter((name) => name !== TRACKING) } };
  return { type: "patch", kind: "Pod", ref: refOf(pod), body };
}

/** Whether the pod counts as failed: it did, or it was deleted before it could end (unless a replacement waits for the end). */
export function hasFailed(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === "Failed") return true;
  return !replacesOnlyFailed(job) && isTerminating(pod) && pod.status?.phase !== "Succeeded";
}

/** Whether a terminating pod still holds its place. */
export function replacesOnlyFailed(job: Job): boolean {
  return job.spec?.podReplacementPolicy === "Failed" || job.spec?.podFailurePolicy !== undefined;
}

/** Pods being deleted that have not ended. */
export function terminatingPods(pods: readonly Pod[]): readonly Pod[] {
  return pods.filter((pod) => isTerminating(pod) && !isTerminal(pod));
}

/** Pods that run or will run. */
export function activePods(pods: readonly Pod[]): readonly Pod[] {
  return pods.filter(isActive);
}

/** Restarts of containers in pods that go on after a failure. */
export function restartsInPlace(job: Job, pods: readonly Pod[]): number {
  if (job.spec?.template.spec?.restartPolicy !== "OnFailure") return 0;
  const running = pods.filter((pod) => pod.status?.phase === "Running" || pod.status?.phase === "Pending");
  return running.reduce((sum, pod) => sum + restartCount(pod), 0);
}

/** A new pod; for an indexed Job with its index in name, host name, labels and environment. */
export function jobPod(job: OwningJob, index?: number): Pod {
  const pod = podFromTemplate(job, job.spec?.template ?? {});
  const finalizers = [...(pod.metadata.finalizers ?? []), TRACKING];
  if (index === undefined) return { ...pod, metadata: { ...pod.metadata, finalizers } };
  const text = String(index);
  const name = job.metadata.name ?? "";
  const env = { name: "JOB_COMPLETION_INDEX", valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } } };
  const withIndex = (container: { env?: { name: string }[] }) => [
    ...(container.env ?? []).filter((variable) => variable.name !== env.name),
    env,
  ];
  const spec = pod.spec ?? { containers: [] };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      generateName: podNamePrefix(`${name}-${text}`),
      finalizers,
      labels: { ...pod.metadata.labels, [INDEX]: text },
      annotations: { ...pod.metadata.annotations, [INDEX]: text },
    },
    spec: {
      ...spec,
      hostname: `${name}-${text}`,
      containers: spec.containers.map((container) => ({ ...container, env: withIndex(container) })),
      ...(spec.initContainers === undefined
        ? {}
        : { initContainers: spec.initContainers.map((container) => ({ ...container, env: withIndex(container) })) }),
    },
  };
}

/** How long new pods must wait because of failures since the last success. */
export function backoffMs(job: Job, pods: readonly Pod[], now: Millis): Millis {
  const finished = pods.filter((pod) => pod.status?.phase === "Succeeded" || hasFailed(job, pod));
  const times = finished.map((pod) => ({ failed: hasFailed(job, pod), at: finishedAt(pod) ?? now }));
  const lastSuccess = Math.max(0, ...times.filter((end) => !end.failed).map((end) => end.at));
  const failures = times.filter((end) => end.failed && end.at > lastSuccess);
  if (failures.length === 0) return 0;
  const delay = Math.min(FIRST_BACKOFF_MS * 2 ** (failures.length - 1), LONGEST_BACKOFF_MS);
  return Math.max(0, Math.max(...failures.map((end) => end.at)) + delay - now);
}

function finishedAt(pod: Pod): Millis | undefined {
  const ends = (pod.status?.containerStatuses ?? []).map((status) => millisOf(status.state?.terminated?.finishedAt));
  const known = ends.filter((end) => end !== undefined);
  if (known.length > 0) return Math.max(...known);
  return millisOf(podCondition(pod, "Ready")?.lastTransitionTime ?? pod.metadata.deletionTimestamp ?? undefined);
}
