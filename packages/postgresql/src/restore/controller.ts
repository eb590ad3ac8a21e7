/** Carries restores out, step by step. Any step may be the operator's last; the next operator goes on from what is written down. */
import { isSameJson, setConditions, timestamp } from "@keelson/engine";
import { type Live, NotYet, type ReconcileContext, TransientError } from "@keelson/kube";
import type { PerconaPGRestore, PerconaPGRestoreStatus } from "@keelson/resources";
import { parseInfo } from "../backup/info.ts";
import { admit } from "../cluster/admit.ts";
import type { ClusterDeps } from "../cluster/controller.ts";
import { annotation } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { STANZA } from "../cluster/paths.ts";
import type { View } from "../cluster/view.ts";
import { type Problem, problemText } from "../reasons.ts";
import { execute } from "../runtime/execute.ts";
import { runBackrest, runSql } from "../runtime/pods.ts";
import { fallbackJobName, restoreJob } from "./job.ts";
import { FAILURE, INSTANCE, patroniMemory, planRestore, type RestoreStep, STEP } from "./plan-restore.ts";
import { parseOptions } from "./target.ts";
import { checkTarget } from "./window.ts";

/** How long the archive may need for the segment that closes the window. */
const SEAL_MS = 60_000;

type Restore = Live<PerconaPGRestore>;

export async function reconcileRestore(
  key: string,
  signal: AbortSignal,
  { log }: ReconcileContext,
  deps: ClusterDeps,
): Promise<{ requeueAfterMs?: number }> {
  const restore = deps.world.restores.get(key);
  if (restore === undefined) return {};
  const { state } = restore.status ?? {};
  if (state === "Succeeded" || state === "Failed") return {};
  const own = { ...deps, log };
  const namespace = restore.metadata.namespace ?? "";
  const view = deps.world.view(`${namespace}/${restore.spec.pgCluster}`, deps.now());
  if (view === undefined) {
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
  const { cluster: c, problems } = admit(view, deps.catalogue);
  if (problems.length > 0) return {};
  return await perform(c, view, restore, { step: planRestore(c, view, restore), deps: own, signal });
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
      return {};
    case "refuse":
      await refuse(restore, step.problem, deps, signal);
      return {};
    case "check": {
      const found = await reachable(c, restore, step.primaryPod, deps, signal);
      if (found !== undefined) {
        await refuse(restore, found, deps, signal);
        return {};
      }
      say(
        "Normal",
        "RestoreStarted",
        `The cluster stops; the data of ${step.instance} are replaced from ${restore.spec.repoName}.`,
      );
      await annotate({ [INSTANCE]: step.instance });
      await writeStatus(restore, { state: "Starting" }, deps, signal);
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
        options: step.options,
        id: step.id,
      });
      await execute([{ type: "create", object }], about, deps, signal);
      return {};
    }
    case "running":
      await writeStatus(restore, { state: "Running", jobName: step.job }, deps, signal);
      return {};
    case "bringBack":
      say("Warning", "RestoreFailed", `${step.failure} The data from before are brought back from the archive.`);
      await annotate({ [FAILURE]: step.failure });
      return {};
    case "startInstances":
      await annotate(
        { [annotation.restored]: step.id, [annotation.startup]: step.instance },
        "PerconaPGCluster",
        c.name,
      );
      await annotate({ [STEP]: "starting" });
      return {};
    case "finish": {
      const completed = timestamp(deps.now());
      const jobs = [names.restoreJob(c), fallbackJobName(c)].filter((job) => view.jobs.has(job));
      await execute(
        jobs.map((job) => ({ type: "delete" as const, kind: "Job", name: job })),
        about,
        deps,
        signal,
      );
      if (step.failure === undefined) say("Normal", "RestoreSucceeded", "The cluster runs with the restored data.");
      await writeStatus(
        restore,
        {
          state: step.failure === undefined ? "Succeeded" : "Failed",
          completed,
          ...outcome(restore, step.failure, deps.now()),
        },
        deps,
        signal,
      );
      return {};
    }
  }
}

/** Conditions of a restore say why it failed; the contract has no field for it. */
function outcome(
  restore: Restore,
  failure: string | undefined,
  now: number,
  reason = "RestoreFailed",
): Partial<PerconaPGRestoreStatus> {
  const before = (restore.status as { conditions?: never[] } | undefined)?.conditions ?? [];
  const wanted =
    failure === undefined
      ? { type: "Succeeded", status: "True" as const, reason: "Restored", message: "" }
      : { type: "Succeeded", status: "False" as const, reason, message: failure };
  return { conditions: [...setConditions(before, [wanted], { now })] } as Partial<PerconaPGRestoreStatus>;
}

async function refuse(restore: Restore, why: Problem, deps: ClusterDeps, signal: AbortSignal): Promise<void> {
  const message = problemText(why);
  deps.log.info({ restore: restore.metadata.name, reason: why.reason }, "restore refused");
  deps.events.record(restore, { type: "Warning", reason: why.reason, message });
  await writeStatus(
    restore,
    { state: "Failed", completed: timestamp(deps.now()), ...outcome(restore, message, deps.now(), why.reason) },
    deps,
    signal,
  );
}

/**
 * Whether the repository can lead to the target. While the primary runs, a last commit is written and archived first: it lies after any
 * target up to now, so that recovery finds an end for it.
 */
async function reachable(
  c: PgCluster,
  restore: Restore,
  primaryPod: string | undefined,
  deps: ClusterDeps,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const { client } = deps;
  const parsed = parseOptions(restore.spec.options ?? []);
  if ("problem" in parsed) return { reason: "InvalidOptions", field: "spec.options", message: parsed.problem };
  const asked = deps.now();
  const latest = primaryPod === undefined ? undefined : asked;
  const ran = await runBackrest({ client, namespace: c.namespace, pod: names.repoHostPod(c), signal }, [
    `--stanza=${STANZA}`,
    "info",
    "--output=json",
  ]);
  if (ran.exitCode !== 0) throw new TransientError("InfoFailed", `pgbackrest info: ${ran.stderr.trim().slice(0, 300)}`);
  const repo = Number((restore.spec.repoName ?? "repo1").slice(4));
  const found = checkTarget(parsed.target, parseInfo(ran.stdout, STANZA), { repo, latest });
  if (found !== undefined || primaryPod === undefined) return found;
  await seal(c, primaryPod, deps, signal);
  return undefined;
}

/** Commits a transaction, closes the segment that it is in, and waits until that segment is in the archive. */
async function seal(c: PgCluster, pod: string, { client }: ClusterDeps, signal: AbortSignal): Promise<void> {
  const at = { client, namespace: c.namespace, pod, signal, timeoutMs: SEAL_MS };
  const segment =
    (
      await runSql(
        at,
        "postgres",
        "SET synchronous_commit TO local;\nSELECT pg_catalog.pg_current_xact_id() IS NULL;\nSELECT pg_catalog.pg_walfile_name(pg_catalog.pg_switch_wal());\n",
      )
    )
      .trim()
      .split("\n")
      .at(-1) ?? "";
  const deadline = performance.now() + SEAL_MS;
  while (performance.now() < deadline) {
    const last = (await runSql(at, "postgres", "SELECT last_archived_wal FROM pg_catalog.pg_stat_archiver;\n")).trim();
    if (/^[0-9A-F]{24}/.test(last) && last.slice(0, 24) >= segment) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new NotYet("ArchiveBehind", `segment ${segment} is not in the archive yet`, { afterMs: 5_000 });
}

async function writeStatus(
  restore: Restore,
  change: Partial<PerconaPGRestoreStatus>,
  { client, world, log }: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  const status = { ...restore.status, ...change };
  if (isSameJson(status, restore.status ?? {})) return;
  log.info({ restore: restore.metadata.name, state: status.state }, "restore state changed");
  const { namespace = "", name, uid } = restore.metadata;
  const { kind } = world.locate("PerconaPGRestore", namespace, name);
  const body = [
    { op: "test", path: "/metadata/uid", value: uid },
    { op: "add", path: "/status", value: status },
  ];
  await client.patch(kind, { namespace, name }, { type: "json", body }, { subresource: "status", signal });
}
