/** Makes the backups that nobody has to ask for: the first one of a cluster, and those of the schedules. */
import { dueRun, scheduleProblem } from "@keelson/engine";
import { isAlreadyExists, type ReconcileContext } from "@keelson/kube";
import type { PerconaPGBackup } from "@keelson/resources";
import { admit } from "../cluster/admit.ts";
import type { ClusterDeps } from "../cluster/controller.ts";
import { annotation, clusterLabels } from "../cluster/labels.ts";
import type { PgCluster, Repo } from "../cluster/model.ts";
import { suffix } from "../cluster/names.ts";
import { API_VERSION } from "../cluster/objects.ts";
import { replicaCreateDone, stanzaCreated } from "../cluster/status.ts";
import { activeRestore, appliedMarks, primaryOf, systemIdentifier, type View } from "../cluster/view.ts";
import { note } from "../inside/notes.ts";
import type { JobType } from "./job.ts";

const LONGEST_WAIT_MS = 12 * 3_600_000;
/** Pause after a first backup that failed, times the number of failures. */
const RETRY_MS = 60_000;

const TYPES = { full: "full", differential: "diff", incremental: "incr" } as const;

export interface NewBackup {
  readonly name: string;
  readonly repo: string;
  readonly type: "full" | "diff" | "incr";
  readonly jobType: JobType;
}

export interface SchedulePlan {
  readonly backups: readonly NewBackup[];
  /** Notes to keep, by topic; a schedule's note is its text and when it ran last. */
  readonly marks: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
  readonly requeueAfterMs?: number;
}

/** Pure. */
export function planSchedules(c: PgCluster, view: View): SchedulePlan {
  const backups: NewBackup[] = [];
  const marks: Record<string, string> = {};
  const problems: string[] = [];
  const known = appliedMarks(view.cr);
  let wait = LONGEST_WAIT_MS;
  const able =
    !c.paused &&
    !c.unmanaged &&
    activeRestore(view) === undefined &&
    primaryOf(view) !== undefined &&
    stanzaCreated(view);
  const first = c.backups.repos[0];
  if (able && first !== undefined) {
    const plan = firstBackup(c, view, first);
    if (plan.backup !== undefined) backups.push(plan.backup);
    if (plan.done !== undefined) marks["replicaCreate"] = plan.done;
    wait = Math.min(wait, plan.waitMs ?? wait);
  }
  for (const repo of c.backups.enabled ? c.backups.repos : []) {
    for (const [kind, expression] of Object.entries(repo.schedules)) {
      if (expression === undefined) continue;
      const wrong = scheduleProblem({ expression });
      if (wrong !== undefined) {
        problems.push(`spec.backups.pgbackrest.repos[${repo.name}].schedules.${kind}: ${wrong}`);
        continue;
      }
      const topic = `schedule/${repo.name}/${kind}`;
      const [since, text] = splitMark(known[topic]);
      if (text !== expression) {
        // New or changed: it counts from now.
        marks[topic] = `${view.now} ${expression}`;
        continue;
      }
      const { due, next } = dueRun({ expression }, { since, now: view.now });
      if (next !== undefined) wait = Math.min(wait, next - view.now);
      if (due === undefined || !able || !replicaCreateDone(c, view)) continue;
      const type = TYPES[kind as keyof typeof TYPES];
      backups.push({
        name: `${c.name}-${repo.name}-${type}-${suffix(`${c.uid}/${repo.name}/${type}/${due}`, 5)}`,
        repo: repo.name,
        type,
        jobType: "scheduled",
      });
      marks[topic] = `${due} ${expression}`;
    }
  }
  return { backups, marks, problems, requeueAfterMs: Math.max(50, wait) };
}

function splitMark(mark: string | undefined): [number, string | undefined] {
  const space = mark?.indexOf(" ") ?? -1;
  return mark === undefined || space < 0 ? [0, undefined] : [Number(mark.slice(0, space)), mark.slice(space + 1)];
}

/** One full backup for each life of the data: a new database, or a restored one. */
function firstBackup(c: PgCluster, view: View, repo: Repo): { backup?: NewBackup; done?: string; waitMs?: number } {
  const era = `${systemIdentifier(view)}/${view.cr.metadata.annotations?.[annotation.restored] ?? ""}`;
  if (appliedMarks(view.cr)["replicaCreate"] === era) return {};
  const mine = view.backups.filter((b) => b.metadata.annotations?.["keelson.dev/era"] === era);
  if (mine.some((b) => b.status?.state === "Succeeded")) return { done: era };
  const failed = mine.filter((b) => b.status?.state === "Failed");
  if (mine.length > failed.length) return {};
  const last = failed
    .map((b) => Date.parse(b.status?.completed ?? ""))
    .sort((a, b) => a - b)
    .at(-1);
  const notBefore = last === undefined ? 0 : last + RETRY_MS * failed.length;
  if (view.now < notBefore) return { waitMs: notBefore - view.now };
  return {
    backup: {
      name: `${c.name}-${repo.name}-full-${suffix(`${era}/${failed.length}`, 5)}`,
      repo: repo.name,
      type: "full",
      jobType: "replica-create",
    },
  };
}

function backupObject(c: PgCluster, view: View, wanted: NewBackup): PerconaPGBackup {
  const era = `${systemIdentifier(view)}/${view.cr.metadata.annotations?.[annotation.restored] ?? ""}`;
  return {
    apiVersion: API_VERSION,
    kind: "PerconaPGBackup",
    metadata: {
      name: wanted.name,
      namespace: c.namespace,
      labels: clusterLabels(c),
      annotations: {
        [annotation.backupJobType]: wanted.jobType,
        ...(wanted.jobType === "replica-create" ? { "keelson.dev/era": era } : {}),
      },
    },
    spec: { pgCluster: c.name, repoName: wanted.repo, method: "pgbackrest", options: [`--type=${wanted.type}`] },
  };
}

export async function reconcileSchedules(
  key: string,
  signal: AbortSignal,
  { log }: ReconcileContext,
  deps: ClusterDeps,
): Promise<{ requeueAfterMs?: number }> {
  const view = deps.world.view(key, deps.now());
  if (view === undefined || view.cr.metadata.deletionTimestamp !== undefined) return {};
  const { cluster: c, problems } = admit(view, deps.catalogue);
  if (problems.length > 0 || !c.backups.enabled) return {};
  const plan = planSchedules(c, view);
  for (const message of plan.problems)
    deps.events.record(view.cr, { type: "Warning", reason: "InvalidParameter", message });
  const { kind } = deps.world.locate("PerconaPGBackup", c.namespace, "");
  for (const wanted of plan.backups) {
    try {
      await deps.client.create(kind, backupObject(c, view, wanted), { signal });
      log.info({ backup: wanted.name, type: wanted.type, jobType: wanted.jobType }, "backup requested");
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
  // After the backups exist: an operator that ends between the two makes the same names again.
  if (Object.keys(plan.marks).length > 0) await note(key, plan.marks, deps, signal);
  return plan.requeueAfterMs === undefined ? {} : { requeueAfterMs: plan.requeueAfterMs };
}
