/** Runs Jobs, and deletes them when their time to live is over. */
import { kinds, own, ownedBy } from "@keelson/kube";
import { orphansOf } from "../execution/orphan-source.ts";
import { plannedController } from "../execution/planned-controller.ts";
import { claimObjects } from "../objects/claim-objects.ts";
import { claimable, ownership } from "../objects/indexes.ts";
import { matchesSelector } from "../objects/selector.ts";
import type { Part, Runtime } from "../runtime.ts";
import { planJob } from "./plan.ts";
import { isTracked, type OwningJob, releaseAction } from "./pods.ts";

/** The controller; start it with `run`. */
export function jobController(runtime: Runtime): Part {
  const { cache, now } = runtime;
  const jobs = cache.informer(kinds.Job, { indexes: ownership });
  const pods = cache.informer(kinds.Pod, { indexes: ownership });
  return plannedController(
    {
      name: "job",
      sources: [own(jobs), ownedBy(pods, kinds.Job), orphansOf(pods, jobs)],
      plan: (key) => {
        const live = jobs.get(key);
        if (live === undefined) {
          // The pods of a Job that is gone need not be counted.
          const [namespace, name] = key.split("/");
          const left = pods.list(namespace).filter((pod) => isTracked(pod) && ownerJob(pod) === name);
          return { actions: left.map(releaseAction) };
        }
        if (live.spec?.managedBy !== undefined && live.spec.managedBy !== "kubernetes.io/job-controller")
          return undefined;
        const job: OwningJob = { ...live, apiVersion: "batch/v1", kind: "Job" };
        const claimed = claimObjects(
          {
            owner: job,
            ownerKind: "Job",
            kind: "Pod",
            matches: (pod) => matchesSelector(job.spec?.selector, pod.metadata.labels),
          },
          claimable(pods, job),
        );
        if (claimed.actions.length > 0) return { actions: claimed.actions };
        return planJob({ job, pods: claimed.mine, now: now() });
      },
    },
    runtime,
  );
}

function ownerJob(pod: {
  metadata: { ownerReferences?: readonly { kind: string; name: string }[] };
}): string | undefined {
  return pod.metadata.ownerReferences?.find((reference) => reference.kind === "Job")?.name;
}
