/** A Deployment's status and conditions, as `kubectl rollout status` reads them. Pure. */
import { millisOf, timestamp } from "../objects/time.ts";
import type { Deployment, DeploymentCondition, DeploymentStatus, Millis, ReplicaSet } from "../objects/types.ts";
import { rollingLimits, totalSize, wantedReplicas } from "./replica-sets.ts";

/** What the status is computed from. */
export interface StatusInput {
  readonly deployment: Deployment;
  readonly newSet: ReplicaSet | undefined;
  readonly oldSets: readonly ReplicaSet[];
  /** Set when this pass created the new ReplicaSet. */
  readonly created?: string;
  readonly now: Millis;
}

type Condition = Pick<DeploymentCondition, "type" | "status" | "reason" | "message">;

const PROGRESSING = "Progressing";
const TIMED_OUT = "ProgressDeadlineExceeded";
const COMPLETE = "NewReplicaSetAvailable";
const PAUSED = "DeploymentPaused";
/** The API server's default: such a deadline means none. */
const NO_DEADLINE = 2_147_483_647;

/** The whole status. */
export function deploymentStatus(input: StatusInput): DeploymentStatus {
  const counts = replicaCounts(input);
  const { deployment, now } = input;
  let conditions: readonly DeploymentCondition[] = deployment.status?.conditions ?? [];
  if (input.created !== undefined && hasDeadline(deployment)) {
    const message = `Created new replica set "${input.created}"`;
    conditions = withCondition(conditions, progressing("True", "NewReplicaSetCreated", message), now);
  }
  conditions = withCondition(conditions, availability(deployment, counts.availableReplicas ?? 0), now);
  conditions = withProgress(conditions, input, counts);
  conditions = withFailure(conditions, input);
  return { ...counts, ...(conditions.length === 0 ? {} : { conditions: [...conditions] }) };
}

/** Whether every pod is of the new template and available. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = wantedReplicas(deployment);
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/** When the progress deadline passes, if a rollout is under way. */
export function deadlineDelayMs(deployment: Deployment, status: DeploymentStatus, now: Millis): Millis | undefined {
  const condition = status.conditions?.find((c) => c.type === PROGRESSING);
  if (!hasDeadline(deployment) || condition === undefined || deployment.spec?.paused === true) return undefined;
  if (isComplete(deployment, status) || condition.reason === TIMED_OUT || condition.reason === COMPLETE)
    return undefined;
  return Math.max(0, deadlineOf(deployment, condition) - now) + 1000;
}

function replicaCounts({ deployment, newSet, oldSets }: StatusInput): DeploymentStatus {
  const all = newSet === undefined ? oldSets : [...oldSets, newSet];
  const sum = (field: "replicas" | "readyReplicas" | "availableReplicas") =>
    all.reduce((total, set) => total + (set.status?.[field] ?? 0), 0);
  const available = sum("availableReplicas");
  const { collisionCount } = deployment.status ?? {};
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...count("replicas", sum("replicas")),
    ...count("updatedReplicas", newSet?.status?.replicas ?? 0),
    ...count("readyReplicas", sum("readyReplicas")),
    ...count("availableReplicas", available),
    ...count("unavailableReplicas", Math.max(0, totalSize(all) - available)),
    ...(collisionCount === undefined ? {} : { collisionCount }),
  };
}

function availability(deployment: Deployment, available: number): Condition {
  const enough = available >= wantedReplicas(deployment) - rollingLimits(deployment).unavailable;
  return enough
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
}

function withProgress(
  conditions: readonly DeploymentCondition[],
  { deployment, newSet, now }: StatusInput,
  counts: DeploymentStatus,
): readonly DeploymentCondition[] {
  if (!hasDeadline(deployment)) return conditions.filter((condition) => condition.type !== PROGRESSING);
  const current = conditions.find((condition) => condition.type === PROGRESSING);
  if (deployment.spec?.paused === true) {
    if (current?.reason === TIMED_OUT) return conditions;
    return withCondition(conditions, progressing("Unknown", PAUSED, "Deployment is paused"), now);
  }
  let next = conditions;
  if (current?.reason === PAUSED) {
    next = withCondition(next, progressing("Unknown", "DeploymentResumed", "Deployment is resumed"), now);
  }
  const done = (counts.replicas ?? 0) === (counts.updatedReplicas ?? 0) && current?.reason === COMPLETE;
  if (done || newSet === undefined) return next;

  const subject = `ReplicaSet "${newSet.metadata.name}"`;
  if (isComplete(deployment, counts)) {
    return withCondition(next, progressing("True", COMPLETE, `${subject} has successfully progressed.`), now);
  }
  if (hasProgressed(deployment.status ?? {}, counts)) {
    return renewed(next, progressing("True", "ReplicaSetUpdated", `${subject} is progressing.`), now);
  }
  if (current !== undefined && current.reason !== COMPLETE && now > deadlineOf(deployment, current)) {
    return withCondition(next, progressing("False", TIMED_OUT, `${subject} has timed out progressing.`), now);
  }
  return next;
}

/** A ReplicaSet that cannot make pods makes the Deployment say so. */
function withFailure(
  conditions: readonly DeploymentCondition[],
  { newSet, oldSets, now }: StatusInput,
): readonly DeploymentCondition[] {
  const failing = [newSet, ...oldSets]
    .flatMap((set) => set?.status?.conditions ?? [])
    .find((condition) => condition.type === "ReplicaFailure" && condition.status === "True");
  if (failing === undefined) return conditions.filter((condition) => condition.type !== "ReplicaFailure");
  const { reason = "FailedCreate", message = "" } = failing;
  return withCondition(conditions, { type: "ReplicaFailure", status: "True", reason, message }, now);
}

function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function hasDeadline(deployment: Deployment): boolean {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== NO_DEADLINE;
}

function deadlineOf(deployment: Deployment, condition: DeploymentCondition): Millis {
  const from = millisOf(condition.lastUpdateTime ?? condition.lastTransitionTime) ?? 0;
  return from + (deployment.spec?.progressDeadlineSeconds ?? 0) * 1000;
}

function progressing(status: string, reason: string, message: string): Condition {
  return { type: PROGRESSING, status, reason, message };
}

/** Sets a condition; one with the same status and reason stays as it is, times included. */
function withCondition(
  conditions: readonly DeploymentCondition[],
  wanted: Condition,
  now: Millis,
): readonly DeploymentCondition[] {
  const present = conditions.find((condition) => condition.type === wanted.type);
  if (present?.status === wanted.status && present.reason === wanted.reason) return conditions;
  return renewed(conditions, wanted, now);
}

/** Sets a condition with a fresh update time, keeping the transition time while the status stays. */
function renewed(
  conditions: readonly DeploymentCondition[],
  wanted: Condition,
  now: Millis,
): readonly DeploymentCondition[] {
  const present = conditions.find((condition) => condition.type === wanted.type);
  const at = timestamp(now);
  const lastTransitionTime = present?.status === wanted.status ? (present.lastTransitionTime ?? at) : at;
  const others = conditions.filter((condition) => condition.type !== wanted.type);
  return [...others, { ...wanted, lastUpdateTime: at, lastTransitionTime }];
}

function count<K extends string>(name: K, value: number): Partial<Record<K, number>> {
  return value === 0 ? {} : ({ [name]: value } as Record<K, number>);
}
