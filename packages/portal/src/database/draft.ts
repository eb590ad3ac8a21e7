/** What is being typed on the create page, and the request it means. Pure. */
import type { CreateDatabase } from "@keelson/server/api";
import { DEFAULT_VERSION, databaseNameRule, defaults } from "@keelson/server/manifest";

export type Schedule = "nightly" | "daily-full" | "six-hourly" | "custom" | "none";

export interface Draft {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly size: NonNullable<CreateDatabase["size"]>;
  readonly storageGi: number;
  readonly instances: number;
  readonly poolers: number;
  readonly exposed: boolean;
  readonly backups: boolean;
  readonly schedule: Schedule;
  readonly cron: string;
  readonly keepFull: number;
}

export const initialDraft: Draft = {
  name: "",
  namespace: defaults.namespace,
  version: DEFAULT_VERSION,
  size: "small",
  storageGi: defaults.storageGi,
  instances: defaults.instances,
  poolers: defaults.poolers,
  exposed: false,
  backups: true,
  schedule: "nightly",
  cron: "0 1 * * *",
  keepFull: defaults.keepFull,
};

interface Plan {
  readonly title: string;
  readonly full?: string;
  readonly incremental?: string;
}

/** Schedules in words; times are UTC, as the operator reads them. */
export const schedules: Record<Schedule, Plan> = {
  nightly: { title: "Every night (full on Sundays)", full: "0 1 * * 0", incremental: "0 1 * * 1-6" },
  "daily-full": { title: "A full one every night", full: "0 1 * * *" },
  "six-hourly": { title: "Every six hours (full at night)", full: "0 1 * * *", incremental: "0 7,13,19 * * *" },
  custom: { title: "At other times …" },
  none: { title: "Only when I ask for one" },
};

/** The request of a draft. */
export function requestOf(draft: Draft): CreateDatabase {
  const plan = schedules[draft.schedule];
  const full = draft.schedule === "custom" ? draft.cron.trim() : plan.full;
  return {
    name: draft.name,
    namespace: draft.namespace,
    version: draft.version,
    size: draft.size,
    instances: draft.instances,
    storage: `${draft.storageGi}Gi`,
    poolers: draft.poolers,
    ...(draft.exposed ? { expose: "loadBalancer" } : {}),
    backups: draft.backups
      ? {
          enabled: true,
          keepFull: draft.keepFull,
          ...(full === undefined ? {} : { schedule: full }),
          ...(plan.incremental === undefined ? {} : { incrementalSchedule: plan.incremental }),
        }
      : { enabled: false },
  };
}

/** Why the name cannot be used; undefined when it can, or when nothing was typed yet. */
export function nameTrouble(name: string, taken: readonly string[]): string | undefined {
  if (name === "") return undefined;
  if (/[A-Z]/.test(name)) return "Use lower-case letters.";
  if (!/^[a-z]/.test(name)) return "Start with a letter.";
  if (/[^-a-z0-9]/.test(name)) return "Use letters, digits and hyphens only.";
  const { maxLength, pattern } = databaseNameRule;
  if (name.length > maxLength) return `At most ${maxLength} characters; this has ${name.length}.`;
  if (!new RegExp(pattern).test(name)) return "End with a letter or a digit.";
  if (taken.includes(name)) return "There is a database of this name already.";
  return undefined;
}

/** What the draft gives, in sentences. */
export function promises(draft: Draft): string[] {
  const { instances, poolers } = draft;
  const replicas = instances - 1;
  const survives =
    instances === 1
      ? "There is no replica: while the instance restarts or its node is down, nobody can connect."
      : `If the primary fails, a replica takes over within seconds, and no commit that was confirmed is lost.`;
  return [
    `PostgreSQL ${draft.version}: one primary${replicas === 0 ? "" : ` and ${replicas === 1 ? "a replica" : `${replicas} replicas`}`}. ${survives}`,
    poolers === 0
      ? "Applications connect straight to the primary."
      : `Applications connect through ${poolers === 1 ? "a pooler" : `${poolers} poolers`}, which share few database connections among many clients.`,
    draft.backups
      ? `The log is archived all the time, so the data can be brought back to any second since the oldest of ${draft.keepFull} full backups.`
      : "Without backups, a mistake or a broken volume loses the data.",
    "All connections are encrypted. A user and a database of the same name are made, with a random password.",
  ];
}
