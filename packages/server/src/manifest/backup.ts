/** The PerconaPGBackup and PerconaPGRestore that a request means. Pure. */
import { API_VERSION } from "./names.ts";

export type BackupType = "full" | "differential" | "incremental";

export interface Owned {
  readonly namespace: string;
  readonly database: string;
  readonly name: string;
  readonly repo: string;
}

/** A backup on demand. */
export function backupManifest(wanted: Owned & { readonly type: BackupType }) {
  return {
    apiVersion: API_VERSION,
    kind: "PerconaPGBackup",
    metadata: { name: wanted.name, namespace: wanted.namespace },
    spec: { pgCluster: wanted.database, repoName: wanted.repo, options: [`--type=${pgBackRestType[wanted.type]}`] },
  } as const;
}

const pgBackRestType: Record<BackupType, string> = { full: "full", differential: "diff", incremental: "incr" };

/** Where a restore ends. `label` is pgBackRest's own name of a backup. */
export type RestoreTarget =
  | { readonly kind: "latest" }
  | {
      readonly kind: "time";
      readonly at: Date;
      /** What a Date cannot hold: the three digits after its milliseconds. */
      readonly microseconds: string;
      readonly label?: string | undefined;
      /** Where a restore has left behind what was committed then: the timeline that has it. */
      readonly timeline?: number | undefined;
    }
  | { readonly kind: "backup"; readonly label: string };

/** A restore in place. */
export function restoreManifest(wanted: Owned & { readonly target: RestoreTarget }) {
  return {
    apiVersion: API_VERSION,
    kind: "PerconaPGRestore",
    metadata: { name: wanted.name, namespace: wanted.namespace },
    spec: { pgCluster: wanted.database, repoName: wanted.repo, options: restoreOptions(wanted.target) },
  } as const;
}

function restoreOptions(target: RestoreTarget): string[] {
  switch (target.kind) {
    case "latest":
      return [];
    case "backup":
      return ["--type=immediate", `--set=${target.label}`];
    case "time": {
      const set = target.label === undefined ? [] : [`--set=${target.label}`];
      const timeline = target.timeline === undefined ? [] : [`--target-timeline=${target.timeline}`];
      return ["--type=time", `--target=${pgTime(target.at, target.microseconds)}`, ...timeline, ...set];
    }
  }
}

/** PostgreSQL's form of a moment in UTC, as the contract writes it: "2026-11-21 09:30:00.000000+00". */
export function pgTime(at: Date, microseconds: string): string {
  return `${at.toISOString().replace("T", " ").replace("Z", "")}${microseconds}+00`;
}

/** A name that sorts by time and says what it is: orders-full-20261121-093000. */
export function timedName(database: string, word: string, at: Date): string {
  const stamp = at.toISOString().slice(0, 19).replaceAll("-", "").replaceAll(":", "").replace("T", "-");
  return `${database}-${word}-${stamp}`;
}
