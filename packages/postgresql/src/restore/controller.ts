/** Carries restores out, step by step. Any step may be the operator's last; the next operator goes on from what is written down. */
import { finalizerPatch, removeConditions, setConditions, timestamp, type WantedCondition } from "@keelson/engine";
import { type Live, OperatorError, type ReconcileContext } from "@keelson/kube";
import { type PerconaPGRestore, type PerconaPGRestoreStatus, perconaPGRestores } from "@keelson/resources";
import { admit } from "../cluster/admit.ts";
import type { ClusterDeps } from "../cluster/controller.ts";
import { keptVolumes } from "../cluster/instance-volumes.ts";
import { annotation } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import type { View } from "../cluster/view.ts";
import { type Problem, problemText } from "../reasons.ts";
import { execute } from "../runtime/execute.ts";
import { writeStatus } from "../runtime/write-status.ts";
import { fallbackJobName, restoreJob, worksFor } from "./job.ts";
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
import { reachable } from "./reachable.ts";

type Restore = Live<PerconaPGRestore>;

export async function reconcileRestore(
  key: string,
  signal: AbortSignal,
  { log }: ReconcileContext,
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
  const { cluster: c, isActionable } = admit(view, deps.catalogue);
  const step = planRestore(c, view, restore);
  // Letting go needs no valid cluster, and a cluster that is deleted waits for it.
  if (!isActionable && step.type !== "release") return {};
  return await perform(c, view, restore, { step, deps: own, signal });
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
}

async function perform(
  c: PgCluster,
  view: View,
  restore: Restore,
  { step, deps, signal }: Doing,
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
        if (error instanceof OperatorError)
          await report(restore, {}, [progressing("False", error.reason, error.message)], deps, signal);
        throw error;
      });
      if (found !== undefined) {
        await refuse(restore, found, deps, signal);
        return {};
      }
      say(
        "Normal",
        "RestoreStarted",
        `The cluster stops; the data of ${step.instance} are replaced from ${restore.spec.repoName}.`,
      );
      await finalize(restore, { add: [FINALIZER] }, deps, signal);
      await annotate(takingOver(step.instance));
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
      const set =
        c.sets.find(
          (s) =>
            view.statefulSets.get(step.instance)?.metadata.labels?.[
              "postgres-operator.crunchydata.com/instance-set"
            ] === s.name,
        ) ?? c.sets[0];
      if (set === undefined) return {};
      const object = restoreJob(c, restore, {
        name: step.job,
        instance: step.instance,
        set,
        kept: keptVolumes(view, set, step.instance),
        options: step.options,
        id: step.id,
        bringsBack: step.bringsBack,
      });
      await execute([{ type: "create", object }], about, deps, signal);
      return {};
    }
    case "running":
      await report(restore, { state: "Running", jobName: step.job }, [progressing("True", "Restoring")], deps, signal);
      return {};
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
