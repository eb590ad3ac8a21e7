/** Runs CronJobs. */
import { kinds, own, ownedBy } from "@keelson/kube";
import { plannedController } from "../execution/planned-controller.ts";
import { BY_CONTROLLER, ownership } from "../objects/indexes.ts";
import type { Part, Runtime } from "../runtime.ts";
import { type OwningCronJob, planCronJob } from "./plan.ts";

/** The controller; start it with `run`. */
export function cronJobController(runtime: Runtime): Part {
  const { cache, now } = runtime;
  const cronJobs = cache.informer(kinds.CronJob);
  const jobs = cache.informer(kinds.Job, { indexes: ownership });
  return plannedController(
    {
      name: "cronjob",
      sources: [own(cronJobs), ownedBy(jobs, kinds.CronJob)],
      plan: (key) => {
        const live = cronJobs.get(key);
        if (live === undefined) return undefined;
        const cronJob: OwningCronJob = { ...live, apiVersion: "batch/v1", kind: "CronJob" };
        return planCronJob({ cronJob, jobs: jobs.byIndex(BY_CONTROLLER, live.metadata.uid), now: now() });
      },
    },
    runtime,
  );
}
