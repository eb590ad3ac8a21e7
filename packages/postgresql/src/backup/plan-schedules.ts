/** Which backups are to be made that nobody asks for: the first one of a cluster, and those of the schedules. Pure. */
import { dueRun, scheduleProblem } from "@keelson/engine";
import type { Live } from "@keelson/kube";
import type { PerconaPGBackup } from "@keelson/resources";
import type { PgCluster, Repo } from "../cluster/model.ts";
import { suffix } from "../cluster/names.ts";
import { activeRestore, appliedMarks, primaryOf, type View } from "../cluster/view.ts";
import { type Problem, problem } from "../reasons.ts";
import { backupEra, ERA, firstBackupDone, firstBackupNote, stanzaReady } from "./era.ts";
import { type JobType, jobTypeOf } from "./job.ts";

const LONGEST_WAIT_MS = 12 * 3_600_000;
/** Pause after a backup that failed, times the number of failures. */
const RETRY_MS = 60_000;
/** How often a scheduled backup is tried in all, as long as its next time has not come. */
const SCHEDULED_TRIES = 3;

const TYPES = { full: "full", differential: "diff", incremental: "incr" } as const;
type Kind = keyof typeof TYPES;

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
  readonly requeueAfterMs?: number;
}

interface Schedule {
  readonly repo: Repo;
  readonly kind: Kind;
  readonly expression: string;
}

const schedulesOf = (c: PgCluster): Schedule[] =>
  (c.backups.enabled ? c.backups.repos : []).flatMap((repo) =>
    (Object.keys(TYPES) as Kind[]).flatMap((kind) => {
      const expression = repo.schedules[kind];
      return expression === undefined ? [] : [{ repo, kind, expression }];
    }),
  );

/** Schedules that cannot be read; the others go on. */
export const scheduleProblems = (c: PgCluster): Problem[] =>
  schedulesOf(c).flatMap(({ repo, kind, expression }) => {
    const wrong = scheduleProblem({ expression });
    const field = `spec.backups.pgbackrest.repos[${repo.name}].schedules.${kind}`;
    return wrong === undefined ? [] : [problem("InvalidParameter", field, `${wrong}. No backup is made by it.`)];
  });

export function planSchedules(c: PgCluster, view: View): SchedulePlan {
  const able =
    c.backups.enabled &&
    !c.paused &&
    !c.unmanaged &&
    activeRestore(view) === undefined &&
    primaryOf(view) !== undefined &&
    stanzaReady(c, view);
  const first = c.backups.repos[0];
  const parts: Part[] = able && first !== undefined ? [firstBackup(c, view, first)] : [];
  const ready = able && firstBackupDone(c, view);
  for (const schedule of schedulesOf(c)) {
    if (scheduleProblem(schedule) === undefined) parts.push(scheduled(c, view, schedule, ready));
  }
  return {
    backups: parts.flatMap((part) => part.backup ?? []),
    marks: Object.assign({}, ...parts.map((part) => part.marks ?? {})),
    requeueAfterMs: Math.max(50, Math.min(LONGEST_WAIT_MS, ...parts.map((part) => part.waitMs ?? LONGEST_WAIT_MS))),
  };
}

interface Part {
  readonly backup?: NewBackup;
  readonly marks?: Record<string, string>;
  readonly waitMs?: number;
}

function scheduled(c: PgCluster, view: View, { repo, kind, expression }: Schedule, ready: boolean): Part {
  const topic = `schedule/${repo.name}/${kind}`;
  const [since, text] = splitMark(appliedMarks(view.cr)[topic]);
  // New or changed: it counts from now.
  if (text !== expression) return { marks: { [topic]: `${view.now} ${expression}` } };
  const { due, next } = dueRun({ expression }, { since, now: view.now });
  const wait = next === undefined ? {} : { waitMs: next - view.now };
  if (!ready) return wait;
  const type = TYPES[kind];
  // Its due times add up to the latest, which is made up for when this one has ended.
  if (view.backups.some((b) => isOpen(b) && isOf(b, repo, type))) return wait;
  const run = (time: number, attempt: number): NewBackup => ({
    name: `${c.name}-${repo.name}-${type}-${suffix(`${c.uid}/${repo.name}/${type}/${time}${attempt === 0 ? "" : `/${attempt}`}`, 5)}`,
    repo: repo.name,
    type,
    jobType: "scheduled",
  });
  if (due !== undefined) return { ...wait, backup: run(due, 0), marks: { [topic]: `${due} ${expression}` } };
  const tries = Array.from({ length: SCHEDULED_TRIES }, (_, attempt) => run(since, attempt));
  const made = tries.flatMap(({ name }) => view.backups.find((b) => b.metadata.name === name) ?? []);
  const again = tries[made.length];
  if (made.length === 0 || again === undefined || made.some((b) => b.status?.state !== "Failed" || isDamaged(b)))
    return wait;
  const left = retryTime(made) - view.now;
  return left <= 0 ? { ...wait, backup: again } : { waitMs: Math.min(left, wait.waitMs ?? left) };
}

/** Waiting or running. One that is being deleted does not start any more. */
const isOpen = ({ metadata, status }: Live<PerconaPGBackup>): boolean =>
  status?.state !== "Succeeded" && status?.state !== "Failed" && metadata.deletionTimestamp === undefined;

/** Whether this schedule has made it. */
const isOf = (backup: Live<PerconaPGBackup>, repo: Repo, type: NewBackup["type"]): boolean =>
  jobTypeOf(backup) === "scheduled" &&
  backup.spec.repoName === repo.name &&
  backup.spec.options?.includes(`--type=${type}`) === true;

function splitMark(mark: string | undefined): [number, string | undefined] {
  const space = mark?.indexOf(" ") ?? -1;
  return mark === undefined || space < 0 ? [0, undefined] : [Number(mark.slice(0, space)), mark.slice(space + 1)];
}

/** One that failed and is in the repository: the data have damaged pages, and the next one would fill the repository with them too. */
const isDamaged = ({ status }: Live<PerconaPGBackup>): boolean =>
  status?.state === "Failed" && status.backupName !== undefined;

/** The more failures, the longer the pause after the last. Damage does not pass by itself. */
const retryTime = (failed: readonly Live<PerconaPGBackup>[]): number =>
  Math.max(...failed.map((b) => Date.parse(b.status?.completed ?? "") || 0)) +
  (failed.some(isDamaged) ? LONGEST_WAIT_MS : RETRY_MS * failed.length);

/** One full backup for each life of the data in the repository. */
function firstBackup(c: PgCluster, view: View, repo: Repo): Part {
  const era = backupEra(c, view);
  const [topic, noted] = Object.entries(firstBackupNote(c, view))[0] ?? ["", ""];
  if (appliedMarks(view.cr)[topic] === noted) return {};
  const mine = view.backups.filter((b) => b.metadata.annotations?.[ERA] === era);
  if (mine.some((b) => b.status?.state === "Succeeded")) return { marks: { [topic]: noted } };
  const failed = mine.filter((b) => b.status?.state === "Failed");
  if (mine.length > failed.length) return {};
  const left = failed.length === 0 ? 0 : retryTime(failed) - view.now;
  if (left > 0) return { waitMs: left };
  return {
    backup: {
      name: `${c.name}-${repo.name}-full-${suffix(`${era}/${failed.length}`, 5)}`,
      repo: repo.name,
      type: "full",
      jobType: "replica-create",
    },
  };
}
