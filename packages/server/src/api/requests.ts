/** What the REST API takes: bodies, path and query parameters. */
import type { Static } from "typebox";
import { DEFAULT_VERSION } from "../manifest/database.ts";
import { databaseNameRule } from "../manifest/names.ts";
import { oneOf, ref } from "./schema.ts";
import { Type } from "./type.ts";

const optional = Type.Optional;
const closed = { additionalProperties: false };

const databaseName = Type.String({
  minLength: 1,
  ...databaseNameRule,
  description: `Lower-case letters, digits and hyphens; starts with a letter, at most ${databaseNameRule.maxLength} characters.`,
});
const namespaceName = Type.String({
  minLength: 1,
  maxLength: 63,
  pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
  description: "Lower-case letters, digits and hyphens, at most 63 characters.",
});
const objectName = Type.String({
  minLength: 1,
  maxLength: 253,
  pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
  description: "Lower-case letters, digits, hyphens and dots, at most 253 characters.",
});
const quantity = Type.String({
  pattern: "^[1-9][0-9]*(\\.[0-9]+)?(Mi|Gi|Ti)$",
  description: "A size such as 10Gi.",
});
const cron = Type.String({
  minLength: 1,
  maxLength: 120,
  description: "Five cron fields in UTC (minute hour day-of-month month day-of-week), or @daily, @weekly and the like.",
});

export const CreateBackups = Type.Object(
  {
    enabled: Type.Boolean({ default: true }),
    schedule: optional(cron),
    incrementalSchedule: optional(cron),
    keepFull: optional(Type.Integer({ minimum: 1, maximum: 999, description: "How many full backups are kept." })),
    storage: optional(quantity),
  },
  { ...closed, $id: "CreateBackups" },
);
export type CreateBackups = Static<typeof CreateBackups>;

export const CreateDatabase = Type.Object(
  {
    name: databaseName,
    namespace: optional(namespaceName),
    engine: optional(oneOf("postgresql")),
    version: optional(
      Type.String({ pattern: "^[0-9]{2}$", description: `Major version; ${DEFAULT_VERSION} by default.` }),
    ),
    instances: optional(Type.Integer({ minimum: 1, maximum: 9, description: "One primary, the others replicas." })),
    storage: optional(quantity),
    storageClass: optional(objectName),
    size: optional(oneOf("micro", "small", "medium", "large")),
    poolers: optional(Type.Integer({ minimum: 0, maximum: 9 })),
    expose: optional(oneOf("cluster", "loadBalancer")),
    backups: optional(ref(CreateBackups)),
  },
  { ...closed, $id: "CreateDatabase" },
);
export type CreateDatabase = Static<typeof CreateDatabase>;

export const UpdateDatabase = Type.Object(
  {
    instances: optional(Type.Integer({ minimum: 1, maximum: 9 })),
    poolers: optional(Type.Integer({ minimum: 0, maximum: 9 })),
    storage: optional(quantity),
    paused: optional(Type.Boolean()),
  },
  {
    ...closed,
    minProperties: 1,
    $id: "UpdateDatabase",
    description: "At least one of instances, poolers, storage and paused.",
  },
);
export type UpdateDatabase = Static<typeof UpdateDatabase>;

export const CreateBackup = Type.Object(
  {
    type: optional(oneOf("full", "differential", "incremental")),
    repo: optional(Type.String({ pattern: "^repo[1-4]$" })),
  },
  { ...closed, $id: "CreateBackup" },
);
export type CreateBackup = Static<typeof CreateBackup>;

export const CreateRestore = Type.Object(
  {
    target: optional(
      Type.String({
        maxLength: 64,
        description:
          "'latest' or a moment as RFC 3339, e.g. 2026-11-21T09:30:00Z. Without it: the end of the backup named by 'backup', or latest.",
      }),
    ),
    backup: optional(objectName),
    targetTimeline: optional(
      Type.Integer({
        minimum: 1,
        maximum: 2_147_483_647,
        description:
          "With a moment as target: PostgreSQL's timeline to follow, the latest one by default. Needed for a moment that an earlier restore has left behind; 'leftBehind' of the database's backups says which one.",
      }),
    ),
  },
  { ...closed, $id: "CreateRestore" },
);
export type CreateRestore = Static<typeof CreateRestore>;

export const Switchover = Type.Object({ target: optional(objectName) }, { ...closed, $id: "Switchover" });
export type Switchover = Static<typeof Switchover>;

/** `writeOnly` keeps a value out of every answer, also out of the problem that says what is wrong with it. */
const password = (minLength: number, description: string) =>
  Type.String({ minLength, maxLength: 256, writeOnly: true, description });

export const SignIn = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 64 }),
    password: password(1, "The account's password."),
  },
  { ...closed, $id: "SignIn" },
);
export type SignIn = Static<typeof SignIn>;

export const ChangePassword = Type.Object(
  {
    current: password(1, "The password up to now."),
    next: password(12, "12 to 256 characters."),
  },
  { ...closed, $id: "ChangePassword" },
);
export type ChangePassword = Static<typeof ChangePassword>;

export const DatabaseRef = Type.Object({ namespace: namespaceName, name: objectName });
export type DatabaseRef = Static<typeof DatabaseRef>;
