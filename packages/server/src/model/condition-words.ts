/** The conditions of a PerconaPGCluster in words. A catalogue, and a rule for types it does not know. Pure. */
import type { Condition, Level } from "../api/views.ts";
import { defined } from "./defined.ts";
import { isoTime } from "./observed.ts";
import type { StatusCondition } from "./resources.ts";

interface Entry {
  /** What "True" means, and how good that is. */
  readonly yes: readonly [title: string, level: Level];
  readonly no: readonly [title: string, level: Level];
  readonly remedy?: string;
}

const catalogue: Record<string, Entry> = {
  SpecAccepted: { yes: ["The manifest is accepted", "good"], no: ["Something in the manifest cannot be done", "bad"] },
  Available: { yes: ["Takes writes", "good"], no: ["Takes no writes", "working"] },
  Ready: { yes: ["Everything is as asked", "good"], no: ["Not everything is as asked yet", "working"] },
  ReadyForBackup: { yes: ["Ready for backups", "good"], no: ["Not ready for backups yet", "working"] },
  PGBackRestRepoHostReady: {
    yes: ["Backup repository is up", "good"],
    no: ["Backup repository is starting", "working"],
  },
  PGBackRestReplicaRepoReady: {
    yes: ["Backup repository is prepared", "good"],
    no: ["Backup repository is being prepared", "working"],
  },
  PGBackRestReplicaCreate: { yes: ["First backup is done", "good"], no: ["First backup is not done yet", "working"] },
  PGBackRestManualBackupSuccessful: {
    yes: ["Last backup on demand succeeded", "good"],
    no: ["Last backup on demand failed", "bad"],
    remedy: "Open the backup for its error, put it right and back up again.",
  },
  PGBackRestoreProgressing: { yes: ["A restore is running", "working"], no: ["No restore is running", "good"] },
  PostgresDataInitialized: {
    yes: ["The data directory is initialised", "good"],
    no: ["The data could not be restored", "bad"],
  },
  ProxyAvailable: { yes: ["Poolers take connections", "good"], no: ["Poolers are starting", "working"] },
  PGBouncerPaused: { yes: ["Poolers are paused", "off"], no: ["Poolers are not paused", "good"] },
  PersistentVolumeResizing: {
    yes: ["A volume is growing", "working"],
    no: ["A volume cannot be changed", "bad"],
    remedy:
      "Volumes can only grow, and only where the storage class allows it: set the storage to its former size or larger.",
  },
  TLSSecretsReady: { yes: ["Certificates are in place", "good"], no: ["Certificates are missing or unusable", "bad"] },
  StandbyLagging: { yes: ["The standby lags behind", "bad"], no: ["The standby keeps up", "good"] },
  ReadyForLogicalReplication: {
    yes: ["Ready for logical replication", "good"],
    no: ["Not ready for logical replication", "off"],
  },
  PMMReady: { yes: ["Monitoring by PMM is set up", "good"], no: ["Monitoring by PMM is not set up", "bad"] },
  APIGroupMigration: {
    yes: ["No migration is pending", "good"],
    no: ["Being migrated from an older operator", "working"],
  },
  Progressing: { yes: ["The operator is at work", "working"], no: ["The operator has stopped working on it", "bad"] },
  FieldsWithoutEffect: {
    yes: ["Some fields of the manifest have no effect", "off"],
    no: ["Every field of the manifest has an effect", "good"],
  },
  ArchivingFailing: {
    yes: ["The log is not being archived", "bad"],
    no: ["The log is being archived", "good"],
    remedy: "Until it is, no moment after the last archived one can be restored, and the log fills the volume.",
  },
  VolumeAlmostFull: {
    yes: ["A volume is almost full", "bad"],
    no: ["The volumes have room", "good"],
    remedy: "Make the storage larger under Settings, or delete what is not needed any more.",
  },
  OutOfMemory: {
    yes: ["Memory did not suffice", "bad"],
    no: ["Memory suffices", "good"],
    remedy:
      "Give the instances more memory under Settings, or let queries take less of it (work_mem, fewer connections).",
  },
  ReconcileFailed: {
    yes: ["The operator does not get on", "bad"],
    no: ["The operator gets on", "good"],
    remedy: "The operator tries again by itself; its message says what stands in the way.",
  },
  PGTDEEnabled: { yes: ["Data is encrypted at rest", "good"], no: ["Data is not encrypted by pg_tde", "off"] },
};

const trouble =
  /NoPrimary|Invalid|Failing|Failed|Failure|Missing|Refused|Rejected|NotFound|Unknown|Error|Misconfigured|Unsupported|Denied|Unschedulable|OutOfRange|OutsideWindow|Terminal|Conflict/;

/** One condition in words. The operator's own message is kept: it names the field and the remedy where there is one. */
export function conditionView(condition: StatusCondition): Condition {
  const status = condition.status === "True" || condition.status === "False" ? condition.status : "Unknown";
  const reason = condition.reason ?? "";
  const entry = catalogue[condition.type];
  const [title, level] = words(condition.type, status, reason);
  return {
    type: condition.type,
    status,
    reason,
    message: condition.message ?? "",
    title,
    level,
    ...defined({
      since: isoTime(condition.lastTransitionTime),
      remedy: level === "bad" ? entry?.remedy : undefined,
    }),
  };
}

function words(type: string, status: Condition["status"], reason: string): readonly [string, Level] {
  const entry = catalogue[type];
  if (entry !== undefined) {
    if (status === "Unknown") return [`${entry.yes[0]}: not known`, "working"];
    const [title, level] = status === "True" ? entry.yes : entry.no;
    return [title, level === "working" && status === "False" && trouble.test(reason) ? "bad" : level];
  }
  const spoken = sentenceCase(type);
  if (status === "Unknown") return [`${spoken}: not known`, "working"];
  const negative = /AlmostFull|Degraded|Error|Failed|Failing|Invalid|Refused|Lagging|Blocked|Pressure|Stuck/.test(type);
  if (status === "True") return [spoken, negative ? "bad" : "good"];
  if (negative) return [`Not ${spoken.toLowerCase()}`, "good"];
  return [`Not ${spoken.toLowerCase()}`, trouble.test(reason) ? "bad" : "working"];
}

/** "BackupRepositoryReady" -> "Backup repository ready". */
function sentenceCase(type: string): string {
  const spaced = type.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2");
  return spaced
    .split(" ")
    .map((word, index) => (index === 0 || /^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase()))
    .join(" ");
}

/** Worst first, then by title. */
export function conditionViews(conditions: readonly StatusCondition[]): Condition[] {
  const rank: Record<Level, number> = { bad: 0, working: 1, off: 2, good: 3 };
  return conditions.map(conditionView).sort((a, b) => rank[a.level] - rank[b.level] || a.title.localeCompare(b.title));
}
