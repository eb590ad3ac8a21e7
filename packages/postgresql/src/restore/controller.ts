/** Carries restores out, step by step. Any step may be the operator's last; the next operator goes on from what is written down. */
import { finalizerPatch, removeConditions, setConditions, timestamp, type WantedCondition } from "@keelson/engine";
import { isInvalid, type Job, kinds, type Live, type ReconcileContext } from "@keelson/kube";
import { type PerconaPGRestore, type PerconaPGRestoreStatus, perconaPGRestores } from "@keelson/resources";
import type { Trouble } from "../backup/job-progress.ts";
import { admission } from "../cluster/admission.ts";
import type { ClusterDeps } from "../cluster/controller.ts";
import { failureOf } from "../cluster/failure.ts";
import { keptVolumes } from "../cluster/instance-volumes.ts";
import { annotation, label } from "../cluster/labels.ts";
import { notAccepted } from "../cluster/left-alone.ts";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { timeline, type View } from "../cluster/view.ts";
import { type Problem, problem, problemText } from "../reasons.ts";
import { execute } from "../runtime/execute.ts";
import { writeStatus } from "../runtime/write-status.ts";
import { fallbackJobName, restoreId, restoreJob, worksFor } from "./job.ts";
import {
  FAILURE,
  FINALIZER,
  patroniMemory,
  planRestore,
  type RestoreStep,
  STEP,
  startingWith,
  takingOver,
  UNTOUCHED,
} from "./plan-restore.ts";
import { reachable, unanswered } from "./reachable.ts";

type Restore = Live<PerconaPGRestore>;

export async function reconcileRestore(
  key: string,
  signal: AbortSignal,
  { log, failures }: ReconcileContext,
  deps: ClusterDeps,
): Promise<{ requeueAfterMs?: number }> {
  const restore = deps.world.restores.get(key);
  if (restore === undefined) return {};
  const own = { ...deps, log };
  const namespace = restore.metadata.namespace ?? "";
  const view = deps.world.view(`${namespace}/${restore.spec.pgCluster}`, deps.now());
  if (view === undefined) {
    await finalize(restore, { remove: [FINALIZER] }, own, signal);
    if (restore.metadata.deletionTimestamp !== undefined || isOver(restore)) return {};
    await refuse(
      restore,
      {
        reason: "UnknownCluster",
        field: "spec.pgCluster",
        message: `There is no PerconaPGCluster ${restore.spec.pgCluster} in this namespace.`,
      },
      own,
      signal,
    );
    return {};
  }
  const { cluster: c, problems, isActionable, mustNotRestart } = await admission(view, deps, signal);
  const next = planRestore(c, view, restore);
  // Letting go needs no valid cluster, and a cluster that is deleted waits for it.
  // One that could not start again is not stopped.
  const isFit = isActionable && !(mustNotRestart && next.type === "check");
  const allowed = isFit || next.type === "release" || next.type === "nothing";
  const step: RestoreStep = allowed ? next : { type: "wait", ...notAccepted(problems) };
  return await perform(c, view, restore, { step, deps: own, signal, failures });
}

const isOver = ({ status }: Restore): boolean => status?.state === "Succeeded" || status?.state === "Failed";

async function finalize(
  restore: Restore,
  change: { add?: string[]; remove?: string[] },
  { client }: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  const patch = finalizerPatch(restore, change);
  const { namespace = "", name } = restore.metadata;
  if (patch !== undefined) await client.patch(perconaPGRestores, { namespace, name }, patch, { signal });
}

interface Doing {
  readonly step: RestoreStep;
  readonly deps: ClusterDeps;
  readonly signal: AbortSignal;
  readonly failures: number;
}

async function perform(
  c: PgCluster,
  view: View,
  restore: Restore,
  { step, deps, signal, failures }: Doing,
): Promise<{ requeueAfterMs?: number }> {
  const about = { object: restore, namespace: c.namespace };
  const name = restore.metadata.name;
  const say = (severity: "Normal" | "Warning", reason: string, message: string): void =>
    deps.events.record(restore, { type: severity, reason, message });
  const annotate = (annotations: Record<string, string | null>, kind = "PerconaPGRestore", object = name) =>
    execute([{ type: "annotate", kind, name: object, annotations }], about, deps, signal);
  switch (step.type) {
    case "nothing":
      return {};
    case "wait":
      await report(restore, {}, [progressing("False", step.reason, step.message)], deps, signal);
      return step.atMostMs === undefined ? {} : { requeueAfterMs: step.atMostMs };
    case "release":
      await execute(deletions([...view.jobs.values()].filter((job) => worksFor(job, restore))), about, deps, signal);
      await finalize(restore, { remove: [FINALIZER] }, deps, signal);
      return {};
    case "refuse":
      await refuse(restore, step.problem, deps, signal);
      return {};
    case "check": {
      const found = await reachable(c, restore, step.primaryPod, deps, signal).catch(async (error: unknown) => {
        const { reason, message } = unanswered(c, step.primaryPod, error);
        if (!signal.aborted) await report(restore, {}, [progressing("False", reason, message)], deps, signal);
        throw error;
      });
      const refused = found ?? (await refusedJob(c, view, restore, step.instance, { deps, signal }));
      if (refused !== undefined) {
        await refuse(restore, refused, deps, signal);
        return {};
      }
      say(
        "Normal",
        "RestoreStarted",
        `The cluster stops; the data of ${step.instance} are replaced from ${restore.spec.repoName}.`,
      );
      await finalize(restore, { add: [FINALIZER] }, deps, signal);
      await annotate(takingOver(step.instance, timeline(view)));
      await report(restore, { state: "Starting" }, [progressing("True", "Restoring")], deps, signal);
      return {};
    }
    case "forget":
      await execute(
        [
          ...patroniMemory(c, view).map((object) => ({ type: "delete" as const, kind: "Endpoints", name: object })),
          {
            type: "annotate",
            kind: "Endpoints",
            name: names.configService(c),
            annotations: { initialize: null, history: null },
          },
        ],
        about,
        deps,
        signal,
      );
      return { requeueAfterMs: 200 };
    case "createJob": {
      const object = jobOf(c, view, restore, step);
      if (object === undefined) return {};
      await execute([{ type: "create", object }], about, deps, signal).catch(async (error: unknown) => {
        const failure = signal.aborted ? undefined : failureOf(error, failures);
        if (failure !== undefined) {
          const message = `Job ${step.job} cannot be made: ${failure.message}. The cluster stays stopped until it can; it is tried again.`;
          await hold(restore, {}, { reason: failure.reason, message }, deps, signal);
        }
        throw error;
      });
      return {};
    }
    case "underWay": {
      const { job, message, trouble, lookAgainMs } = step;
      const change = job === undefined ? {} : { state: "Running", jobName: job };
      if (trouble !== undefined) await hold(restore, change, trouble, deps, signal);
      else if (!isStuck(restore) || job === undefined)
        await report(restore, change, [progressing("True", "Restoring", message)], deps, signal);
      return lookAgainMs === undefined ? {} : { requeueAfterMs: lookAgainMs };
    }
    case "bringBack":
      if (step.endJob !== undefined) {
        await execute([{ type: "delete", kind: "Job", name: step.endJob }], about, deps, signal);
      }
      say("Warning", "RestoreFailed", `${step.failure} The data from before are brought back from the archive.`);
      await annotate({ [FAILURE]: step.failure });
      return {};
    case "stuck": {
      const message = `${step.failure} PostgreSQL stays stopped, because the data of one instance are incomplete; the others are as they were. The data from before are tried to be brought back every minute. To have other data instead, make another PerconaPGRestore and delete this one.`;
      say("Warning", "RestoreStuck", message);
      await report(restore, {}, [progressing("False", "RestoreStuck", message)], deps, signal);
      if (step.retryInMs > 0) return { requeueAfterMs: step.retryInMs };
      await execute([{ type: "delete", kind: "Job", name: step.job }], about, deps, signal);
      return {};
    }
    case "leave":
      say("Warning", "RestoreFailed", step.failure);
      await annotate({ [annotation.startup]: step.instance }, "PerconaPGCluster", c.name);
      await annotate({ [FAILURE]: step.failure, [UNTOUCHED]: "true", [STEP]: "starting" });
      return {};
    case "startInstances":
      await annotate(
        { [annotation.restored]: step.id, [annotation.startup]: step.instance },
        "PerconaPGCluster",
        c.name,
      );
      await annotate(startingWith(restore, step.id));
      return {};
    case "finish": {
      const completed = timestamp(deps.now());
      const ours = [names.restoreJob(c), fallbackJobName(c)];
      const jobs = ours.flatMap((job) => view.jobs.get(job) ?? []);
      await execute(deletions(jobs), about, deps, signal);
      if (step.failure === undefined) say("Normal", "RestoreSucceeded", "The cluster runs with the restored data.");
      await report(
        restore,
        { state: step.failure === undefined ? "Succeeded" : "Failed", completed },
        [succeeded(step.failure)],
        deps,
        signal,
      );
      return {};
    }
  }
}

function jobOf(
  c: PgCluster,
  view: View,
  restore: Restore,
  { job, instance, ...more }: Extract<RestoreStep, { type: "createJob" }>,
): Job | undefined {
  const name = view.statefulSets.get(instance)?.metadata.labels?.[label.instanceSet];
  const set = c.sets.find((each) => each.name === name) ?? c.sets[0];
  if (set === undefined) return undefined;
  return restoreJob(c, restore, { ...more, name: job, instance, set, kept: keptVolumes(view, set, instance) });
}

/** A Job that Kubernetes will never take is known before anything stops: it would leave a cluster without data that could start. */
async function refusedJob(
  c: PgCluster,
  view: View,
  restore: Restore,
  instance: string,
  { deps, signal }: Pick<Doing, "deps" | "signal">,
): Promise<Problem | undefined> {
  const wanted = { job: names.restoreJob(c), instance, options: [], id: restoreId(restore), bringsBack: false };
  const object = jobOf(c, view, restore, { type: "createJob", ...wanted });
  if (object === undefined) return undefined;
  try {
    await deps.client.create(kinds.Job, object, { dryRun: true, signal });
  } catch (error) {
    // Everything else may pass until the Job is made.
    if (!isInvalid(error)) return undefined;
    const message = `Kubernetes refuses the Job of the restore: ${(error as Error).message}. Correct it here or in spec.instances of the cluster, and make another restore.`;
    return problem("JobRefused", "spec.containerOptions", message);
  }
  return undefined;
}

const deletions = (jobs: readonly Live[]) =>
  jobs
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => ({ type: "delete" as const, kind: "Job", name: metadata.name, uid: metadata.uid }));

/** What a restore waits for, or that it is under way. Gone when it is over. */
const progressing = (status: "True" | "False", reason: string, message = ""): WantedCondition => ({
  type: "Progressing",
  status,
  reason,
  message,
});

/** The Job that is tried every minute says nothing new before it ends. */
const isStuck = ({ status }: Restore): boolean => status?.conditions?.some((x) => x.reason === "RestoreStuck") === true;

/** Says what keeps a restore from going on. */
async function hold(
  restore: Restore,
  change: Partial<PerconaPGRestoreStatus>,
  { reason, message }: Trouble,
  deps: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  const before = restore.status?.conditions?.find((x) => x.type === "Progressing");
  if (before?.message !== message) deps.events.record(restore, { type: "Warning", reason, message });
  await report(restore, change, [progressing("False", reason, message)], deps, signal);
}

/** Conditions of a restore say why it failed; the contract has no field for it. */
const succeeded = (failure: string | undefined, reason = "RestoreFailed"): WantedCondition =>
  failure === undefined
    ? { type: "Succeeded", status: "True", reason: "Restored", message: "" }
    : { type: "Succeeded", status: "False", reason, message: failure };

async function report(
  restore: Restore,
  change: Partial<PerconaPGRestoreStatus>,
  wanted: readonly WantedCondition[],
  { client, now, log }: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  const ended = wanted.some((x) => x.type === "Succeeded");
  const before = removeConditions(restore.status?.conditions ?? [], ended ? ["Progressing"] : []);
  const conditions = setConditions(before, wanted, { now: now() });
  const status = { ...restore.status, ...change, conditions: [...conditions] };
  await writeStatus(perconaPGRestores, restore, status, { client, signal });
  if (status.state !== restore.status?.state)
    log.info({ restore: restore.metadata.name, state: status.state }, "restore state changed");
}

async function refuse(restore: Restore, why: Problem, deps: ClusterDeps, signal: AbortSignal): Promise<void> {
  const message = problemText(why);
  deps.log.info({ restore: restore.metadata.name, reason: why.reason }, "restore refused");
  deps.events.record(restore, { type: "Warning", reason: why.reason, message });
  const completed = timestamp(deps.now());
  await report(restore, { state: "Failed", completed }, [succeeded(message, why.reason)], deps, signal);
}
