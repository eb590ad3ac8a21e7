/** What a Deployment needs done next: a revision, one step of its rollout or scaling, its history, its status. Pure. */
import { type Action, type Plan, refOf, regarding } from "../execution/actions.ts";
import { sameMeaning } from "../objects/canonical.ts";
import { isTerminal, isTerminating } from "../objects/pod-state.ts";
import { isEmptySelector } from "../objects/selector.ts";
import type { Deployment, Millis, Pod, ReplicaSet } from "../objects/types.ts";
import {
  byAge,
  DESIRED_REPLICAS,
  newReplicaSet,
  newSetAnnotations,
  type OwningDeployment,
  REVISION,
  revisionOf,
  scaleAnnotations,
  sizeOf,
  splitReplicaSets,
  totalSize,
  wantedReplicas,
} from "./replica-sets.ts";
import { newSetSize, type Resize, rollingStep, scaledSizes } from "./sizes.ts";
import { deadlineDelayMs, deploymentStatus, isComplete } from "./status.ts";

/** Everything the decision depends on. */
export interface DeploymentView {
  readonly deployment: OwningDeployment;
  /** The Deployment's own ReplicaSets, in any order. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Pods of those sets, ended ones included; read only with strategy Recreate. */
  readonly pods: readonly Pod[];
  /** Names of the namespace's other ReplicaSets. */
  readonly takenNames: ReadonlySet<string>;
  readonly now: Millis;
}

/** The rollout part of a plan. */
interface Rollout {
  readonly actions: readonly Action[];
  /** Name of the ReplicaSet that the actions create. */
  readonly created?: string;
  /** Nothing is left to scale, so old revisions may be dropped. */
  readonly settled?: boolean;
  /** The new ReplicaSet's name belongs to somebody else: another one has to be found. */
  readonly collided?: boolean;
}

/** One step: either the new ReplicaSet is made, or sets are resized, or the history is cleaned. */
export function planDeployment(view: DeploymentView): Plan {
  const { deployment, now } = view;
  const { newSet, oldSets } = splitReplicaSets(deployment, view.replicaSets);
  if (isEmptySelector(deployment.spec?.selector)) return selectsAll(deployment);

  const rollout = isTerminating(deployment) ? { actions: [] } : planRollout(view, newSet, oldSets);
  const revision = isTerminating(deployment) ? [] : revisionActions(deployment, newSet, oldSets);
  const created = rollout.created === undefined ? {} : { created: rollout.created };
  const status = deploymentStatus({ deployment, newSet, oldSets, now, ...created });
  if (rollout.collided === true) status.collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
  const cleanup = rollout.settled === true ? surplusHistory(deployment, oldSets) : [];
  return {
    actions: [...revision, ...rollout.actions, ...cleanup],
    finish: (failure) =>
      failure !== undefined || sameMeaning(status, deployment.status)
        ? []
        : [{ type: "status", kind: "Deployment", object: { ...deployment, status } as OwningDeployment }],
    requeueAfterMs: deadlineDelayMs(deployment, status, now),
  };
}

function planRollout(view: DeploymentView, newSet: ReplicaSet | undefined, oldSets: readonly ReplicaSet[]): Rollout {
  const { deployment } = view;
  const all = newSet === undefined ? oldSets : [...oldSets, newSet];
  const scaling = all.some((set) => {
    const desired = set.metadata.annotations?.[DESIRED_REPLICAS];
    return sizeOf(set) > 0 && desired !== undefined && Number(desired) !== wantedReplicas(deployment);
  });
  if (deployment.spec?.paused === true || scaling) {
    const actions = resizeActions(deployment, all, scaledSizes(deployment, newSet, oldSets));
    return { actions, settled: deployment.spec?.paused === true && actions.length === 0 };
  }
  if (deployment.spec?.strategy?.type === "Recreate") return planRecreate(view, newSet, oldSets);
  if (newSet === undefined) return create(view, oldSets);
  return resizeOrSettle(deployment, all, rollingStep(deployment, newSet, oldSets));
}

/** Recreate: the new set starts when no pod of an old one is left. */
function planRecreate(view: DeploymentView, newSet: ReplicaSet | undefined, oldSets: readonly ReplicaSet[]): Rollout {
  const { deployment, pods } = view;
  const active = oldSets.filter((set) => sizeOf(set) > 0);
  if (active.length > 0) {
    return { actions: resizeActions(deployment, active, new Map(active.map((set) => [set, 0]))) };
  }
  const ofNew = (pod: Pod) => pod.metadata.ownerReferences?.some((r) => r.uid === newSet?.metadata.uid) === true;
  const oldRuns = oldSets.some((set) => (set.status?.replicas ?? 0) > 0);
  if (oldRuns || pods.some((pod) => !isTerminal(pod) && !ofNew(pod))) return { actions: [] };
  if (newSet === undefined) return create(view, oldSets);
  const size = newSetSize(deployment, sizeOf(newSet), totalSize([newSet, ...oldSets]));
  return resizeOrSettle(deployment, [newSet], new Map(size === sizeOf(newSet) ? [] : [[newSet, size]]));
}

function resizeOrSettle(deployment: Deployment, sets: readonly ReplicaSet[], sizes: Resize): Rollout {
  const actions = resizeActions(deployment, sets, sizes);
  return { actions, settled: actions.length === 0 && isComplete(deployment, deployment.status ?? {}) };
}

function create({ deployment, takenNames }: DeploymentView, oldSets: readonly ReplicaSet[]): Rollout {
  const replicas = newSetSize(deployment, 0, totalSize(oldSets));
  const set = newReplicaSet(deployment, { replicas, revision: nextRevision(oldSets) });
  const name = set.metadata.name ?? "";
  if (takenNames.has(name)) return { actions: [], collided: true };
  const done = { reason: "ScalingReplicaSet", message: `Scaled up replica set ${name} from 0 to ${replicas}` };
  const failed = {
    reason: "ReplicaSetCreateError",
    message: `Failed to create new replica set "${name}": {error}`,
  };
  const about = regarding("apps/v1", "Deployment", deployment);
  const report = replicas > 0 ? { regarding: about, done, failed } : { regarding: about, failed };
  return { actions: [{ type: "create", kind: "ReplicaSet", object: set, report }], created: name };
}

/** Patches sets whose size or scale annotations are not as they should be. */
function resizeActions(deployment: Deployment, sets: readonly ReplicaSet[], sizes: Resize): readonly Action[] {
  return sets.flatMap((set): readonly Action[] => {
    const before = sizeOf(set);
    const replicas = sizes.get(set) ?? before;
    const annotations = scaleAnnotations(deployment);
    const annotated = Object.entries(annotations).every(([key, value]) => set.metadata.annotations?.[key] === value);
    if (replicas === before && (annotated || before === 0)) return [];
    const { uid, resourceVersion } = set.metadata;
    const body = { metadata: { uid, resourceVersion, annotations }, spec: { replicas } };
    const patch: Action = { type: "patch", kind: "ReplicaSet", ref: refOf(set), body };
    if (replicas === before) return [patch];
    const direction = replicas > before ? "up" : "down";
    const message = `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`;
    const about = regarding("apps/v1", "Deployment", deployment);
    return [{ ...patch, report: { regarding: about, done: { reason: "ScalingReplicaSet", message } } }];
  });
}

/** Keeps the revision number and copied annotations of the new set, and the Deployment's own revision, right. */
function revisionActions(
  deployment: OwningDeployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
): readonly Action[] {
  if (newSet === undefined) return [];
  const actions: Action[] = [];
  const revision = Math.max(nextRevision(oldSets), revisionOf(newSet));
  const annotations = newSetAnnotations(deployment, newSet, revision);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  if (Object.keys(annotations).length > 0 || (newSet.spec?.minReadySeconds ?? 0) !== minReadySeconds) {
    const body = { metadata: { uid: newSet.metadata.uid, annotations }, spec: { minReadySeconds } };
    actions.push({ type: "patch", kind: "ReplicaSet", ref: refOf(newSet), body });
  }
  if (deployment.metadata.annotations?.[REVISION] !== String(revision)) {
    const body = { metadata: { uid: deployment.metadata.uid, annotations: { [REVISION]: String(revision) } } };
    // Through the status, as upstream does: a change of annotations on the main path would count as a new generation.
    actions.push({ type: "patch", kind: "Deployment", ref: refOf(deployment), body, subresource: "status" });
  }
  return actions;
}

function nextRevision(oldSets: readonly ReplicaSet[]): number {
  return Math.max(0, ...oldSets.map(revisionOf)) + 1;
}

/** Empty old sets beyond the history limit, oldest revision first. */
function surplusHistory(deployment: Deployment, oldSets: readonly ReplicaSet[]): readonly Action[] {
  const limit = deployment.spec?.revisionHistoryLimit;
  if (limit === undefined || limit === 2_147_483_647) return [];
  const cleanable = oldSets
    .filter((set) => !isTerminating(set))
    .sort((a, b) => revisionOf(a) - revisionOf(b) || byAge(a, b));
  return cleanable.slice(0, Math.max(0, cleanable.length - limit)).flatMap((set): readonly Action[] => {
    const idle = sizeOf(set) === 0 && (set.status?.replicas ?? 0) === 0;
    const observed = (set.status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0);
    if (!idle || !observed) return [];
    return [{ type: "delete", kind: "ReplicaSet", ref: refOf(set), uid: set.metadata.uid }];
  });
}

function selectsAll(deployment: OwningDeployment): Plan {
  const message = "This deployment is selecting all pods. A non-empty selector is required.";
  const about = regarding("apps/v1", "Deployment", deployment);
  return { actions: [{ type: "event", regarding: about, level: "Warning", reason: "SelectingAll", message }] };
}
