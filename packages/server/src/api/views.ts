/** What the REST API answers: one TypeBox schema per view, the source of the OpenAPI document and of the portal's types. */
import type { Static } from "typebox";
import { oneOf, ref } from "./schema.ts";
import { Type } from "./type.ts";

const time = (description: string) => Type.String({ format: "date-time", description });
const optional = Type.Optional;

export const Level = oneOf("good", "working", "bad", "off");
export type Level = Static<typeof Level>;

export const Phase = oneOf(
  "creating",
  "ready",
  "degraded",
  "unavailable",
  "updating",
  "restoring",
  "pausing",
  "paused",
  "deleting",
  "blocked",
);
export type Phase = Static<typeof Phase>;

export const Count = Type.Object({ ready: Type.Integer(), wanted: Type.Integer() }, { $id: "Count" });
export type Count = Static<typeof Count>;

export const Window = Type.Object(
  { from: time("Earliest moment a restore can reach."), to: time("Latest moment known to be archived.") },
  { $id: "Window", description: "The time range a point-in-time restore can reach." },
);
export type Window = Static<typeof Window>;

export const LeftBehind = Type.Object(
  {
    from: time("The moment to which the data went back."),
    to: time("When the restore was asked for."),
    timeline: Type.Integer({ description: "PostgreSQL's timeline that has what was committed between the two." }),
    restoredAt: time("When the restore that left it behind was complete."),
  },
  {
    $id: "LeftBehind",
    description: "Time of which today's data know nothing, because an earlier restore went back to before it.",
  },
);
export type LeftBehind = Static<typeof LeftBehind>;

export const BackupSummary = Type.Object(
  {
    enabled: Type.Boolean(),
    schedules: Type.Array(Type.Object({ type: Type.String(), cron: Type.String(), repo: Type.String() })),
    lastSucceeded: optional(Type.Object({ name: Type.String(), type: Type.String(), at: time("When it completed.") })),
    running: optional(Type.String({ description: "Name of the backup that runs now." })),
    window: optional(ref(Window)),
    leftBehind: Type.Array(ref(LeftBehind), {
      description:
        "Oldest first. A restore to a moment within one needs its timeline as targetTimeline, and brings back what was committed then.",
    }),
  },
  { $id: "BackupSummary" },
);
export type BackupSummary = Static<typeof BackupSummary>;

export const Database = Type.Object(
  {
    namespace: Type.String(),
    name: Type.String(),
    engine: oneOf("postgresql"),
    version: Type.String({ description: "Major version." }),
    phase: Phase,
    state: Type.String({
      description: "The state word in the resource's status (initializing, ready, stopping, paused).",
    }),
    level: Level,
    headline: Type.String({ description: "The state in words." }),
    waitingFor: optional(Type.String({ description: "What is being waited for, when something is." })),
    problem: optional(Type.String({ description: "What is wrong, in the words of who refused it." })),
    remedy: optional(Type.String({ description: "What a person can do, when something is wrong." })),
    instances: ref(Count),
    poolers: ref(Count),
    storage: Type.String({ description: "Size of each instance's volume, as a Kubernetes quantity." }),
    endpoint: optional(Type.String()),
    backups: ref(BackupSummary),
    createdAt: time("When it was created."),
    uid: Type.String(),
    resourceVersion: Type.String(),
  },
  { $id: "Database" },
);
export type Database = Static<typeof Database>;

export const Step = Type.Object(
  {
    id: Type.String(),
    title: Type.String(),
    state: oneOf("done", "active", "waiting", "failed"),
    detail: optional(Type.String({ description: "What the step waits for." })),
  },
  { $id: "Step" },
);
export type Step = Static<typeof Step>;

export const Condition = Type.Object(
  {
    type: Type.String(),
    status: oneOf("True", "False", "Unknown"),
    reason: Type.String(),
    message: Type.String(),
    level: Level,
    title: Type.String({ description: "The condition in words." }),
    remedy: optional(Type.String()),
    since: optional(time("When the status last changed.")),
  },
  { $id: "Condition" },
);
export type Condition = Static<typeof Condition>;

export const Instance = Type.Object(
  {
    name: Type.String({ description: "Instance (StatefulSet) name: the target of a switchover." }),
    pod: Type.String(),
    role: oneOf("primary", "replica", "starting"),
    ready: Type.Boolean(),
    level: Level,
    state: Type.String({ description: "In words: running, streaming, starting, stopped, …" }),
    waitingFor: optional(Type.String()),
    node: optional(Type.String()),
    lagBytes: optional(Type.Integer({ description: "Bytes of WAL this replica is behind the primary." })),
    timeline: optional(Type.Integer()),
    restarts: Type.Integer(),
    startedAt: optional(time("When the pod started.")),
  },
  { $id: "Instance" },
);
export type Instance = Static<typeof Instance>;

export const Helper = Type.Object(
  {
    pod: Type.String(),
    ready: Type.Boolean(),
    level: Level,
    waitingFor: optional(Type.String()),
    node: optional(Type.String()),
    restarts: Type.Integer(),
  },
  { $id: "Helper", description: "A pooler or the backup repository's host." },
);
export type Helper = Static<typeof Helper>;

export const Topology = Type.Object(
  {
    instances: Type.Array(ref(Instance)),
    poolers: Type.Array(ref(Helper)),
    repositories: Type.Array(ref(Helper)),
    synchronous: Type.Boolean({ description: "True when a commit waits for a replica." }),
  },
  { $id: "Topology" },
);
export type Topology = Static<typeof Topology>;

export const DatabaseDetail = Type.Object(
  {
    ...Database.properties,
    topology: ref(Topology),
    steps: Type.Array(ref(Step), {
      description: "Progress of a creation, a restore or a deletion; empty when nothing is under way.",
    }),
    conditions: Type.Array(ref(Condition)),
    manifest: Type.Unknown({ description: "The resource's own fields, without status and managed fields." }),
  },
  { $id: "DatabaseDetail" },
);
export type DatabaseDetail = Static<typeof DatabaseDetail>;

export const Backup = Type.Object(
  {
    name: Type.String(),
    namespace: Type.String(),
    database: Type.String(),
    type: oneOf("full", "differential", "incremental", "snapshot", "unknown"),
    state: oneOf("waiting", "starting", "running", "succeeded", "failed"),
    level: Level,
    repo: Type.String(),
    label: optional(Type.String({ description: "pgBackRest's own name of the backup." })),
    sizeBytes: optional(Type.Integer({ description: "What this backup takes in the repository." })),
    destination: optional(Type.String()),
    createdAt: time("When it was asked for."),
    completedAt: optional(time("When it completed.")),
    restorableTo: optional(time("Latest moment that can be restored from this backup on.")),
    error: optional(Type.String()),
  },
  { $id: "Backup" },
);
export type Backup = Static<typeof Backup>;

export const Restore = Type.Object(
  {
    name: Type.String(),
    namespace: Type.String(),
    database: Type.String(),
    state: oneOf("waiting", "starting", "running", "succeeded", "failed"),
    level: Level,
    target: Type.String({ description: "In words: 'latest', a time, or a backup's label." }),
    createdAt: time("When it was asked for."),
    completedAt: optional(time("When it completed.")),
    error: optional(Type.String()),
  },
  { $id: "Restore" },
);
export type Restore = Static<typeof Restore>;

export const ActivityEvent = Type.Object(
  {
    id: Type.String(),
    type: oneOf("Normal", "Warning"),
    reason: Type.String(),
    message: Type.String(),
    about: Type.String({ description: "Kind and name of the object the event is about." }),
    count: Type.Integer(),
    firstAt: time("When it was first seen."),
    lastAt: time("When it was last seen."),
  },
  { $id: "ActivityEvent" },
);
export type ActivityEvent = Static<typeof ActivityEvent>;

export const Endpoint = Type.Object(
  {
    id: oneOf("pooler", "primary", "replicas"),
    title: Type.String(),
    use: Type.String({ description: "What to use it for." }),
    host: Type.String({ description: "Name inside the Kubernetes cluster." }),
    port: Type.Integer(),
    external: optional(
      Type.Object({ host: Type.String(), port: Type.Integer() }, { description: "Address from outside the cluster." }),
    ),
  },
  { $id: "Endpoint" },
);
export type Endpoint = Static<typeof Endpoint>;

export const Credentials = Type.Object(
  {
    user: Type.String(),
    database: optional(Type.String()),
    secret: Type.String(),
    password: optional(Type.String({ description: "Only with reveal=true." })),
    uris: Type.Record(Type.String(), Type.String(), {
      description:
        "Connection strings by endpoint, ENDPOINT-external for its address outside; with the password only with reveal=true.",
    }),
  },
  { $id: "Credentials" },
);
export type Credentials = Static<typeof Credentials>;

export const Connection = Type.Object(
  {
    endpoints: Type.Array(ref(Endpoint)),
    users: Type.Array(ref(Credentials)),
    tls: Type.Boolean(),
    revealed: Type.Boolean(),
  },
  { $id: "Connection" },
);
export type Connection = Static<typeof Connection>;

export const Session = Type.Object(
  {
    username: Type.String(),
    via: oneOf("cookie", "token"),
    csrfToken: Type.String({ description: "Send as X-CSRF-Token with every unsafe request. Empty for bearer tokens." }),
    expiresAt: optional(time("When the session ends if it is not used.")),
    initialPassword: Type.Boolean({
      description: "True while the account still has the password made at the first start.",
    }),
  },
  { $id: "Session" },
);
export type Session = Static<typeof Session>;

export const Preview = Type.Object(
  { manifest: Type.Unknown({ description: "What would be applied." }) },
  { $id: "Preview" },
);
export type Preview = Static<typeof Preview>;

export const Health = Type.Object(
  { ready: Type.Boolean(), version: Type.String(), waitingFor: Type.Array(Type.String()) },
  { $id: "Health" },
);
export type Health = Static<typeof Health>;

export const Catalogue = Type.Object(
  {
    namespaces: Type.Array(Type.String()),
    versions: Type.Array(Type.Object({ version: Type.String(), isDefault: Type.Boolean() })),
    sizes: Type.Array(
      Type.Object({ id: Type.String(), title: Type.String(), cpu: Type.String(), memory: Type.String() }),
    ),
  },
  { $id: "Catalogue", description: "What a database can be made of." },
);
export type Catalogue = Static<typeof Catalogue>;
