/** How large each ReplicaSet of a Deployment should be. Pure arithmetic. */
import type { Deployment, ReplicaSet } from "../objects/types.ts";
import { byAge, MAX_REPLICAS, rollingLimits, sizeOf, totalSize, wantedReplicas } from "./replica-sets.ts";

/** The sets whose size changes, with the new size. */
export type Resize = ReadonlyMap<ReplicaSet, number>;

/** Size of the new set during an update: as large as the surge allows (RollingUpdate) or whole (Recreate). */
export function newSetSize(deployment: Deployment, newSize: number, total: number): number {
  const wanted = wantedReplicas(deployment);
  if (deployment.spec?.strategy?.type === "Recreate") return wanted;
  const room = wanted + rollingLimits(deployment).surge - total;
  return room <= 0 ? newSize : newSize + Math.min(room, wanted - newSize);
}

/**
 * One step of a rolling update. Grows the new set when the surge allows; else shrinks old ones, unhealthy pods first, never
 * below `wanted - maxUnavailable` available pods.
 */
export function rollingStep(deployment: Deployment, newSet: ReplicaSet, oldSets: readonly ReplicaSet[]): Resize {
  const wanted = wantedReplicas(deployment);
  const newSize = sizeOf(newSet);
  if (newSize > wanted) return new Map([[newSet, wanted]]);
  const total = totalSize([newSet, ...oldSets]);
  const grown = newSetSize(deployment, newSize, total);
  if (grown !== newSize) return new Map([[newSet, grown]]);
  return shrinkOld(deployment, newSet, oldSets);
}

function shrinkOld(deployment: Deployment, newSet: ReplicaSet, oldSets: readonly ReplicaSet[]): Resize {
  const sizes = new Map<ReplicaSet, number>();
  const size = (set: ReplicaSet) => sizes.get(set) ?? sizeOf(set);
  const active = [...oldSets].filter((set) => sizeOf(set) > 0).sort(byAge);
  if (active.length === 0) return sizes;

  const minAvailable = wantedReplicas(deployment) - rollingLimits(deployment).unavailable;
  const newUnavailable = sizeOf(newSet) - availableOf(newSet);
  let room = totalSize([newSet, ...active]) - minAvailable - newUnavailable;
  if (room <= 0) return sizes;

  // Pods that serve nobody go first and cost no availability.
  for (const set of active) {
    const cut = Math.min(sizeOf(set) - availableOf(set), room);
    if (cut <= 0) continue;
    sizes.set(set, sizeOf(set) - cut);
    room -= cut;
  }

  const available = [newSet, ...active].reduce((sum, set) => sum + availableOf(set), 0);
  let spare = available - minAvailable;
  for (const set of active) {
    if (spare <= 0) break;
    const cut = Math.min(size(set), spare);
    if (cut <= 0) continue;
    sizes.set(set, size(set) - cut);
    spare -= cut;
  }
  return sizes;
}

/**
 * Available pods that will stay. A set that was just made smaller still reports those it is about to lose: they must not be counted,
 * or the next step would take away more than the budget allows.
 */
function availableOf(set: ReplicaSet): number {
  return Math.min(set.status?.availableReplicas ?? 0, sizeOf(set));
}

/**
 * Sizes after the wanted number changed outside an update: the only active set takes all; during an update every set grows or
 * shrinks in proportion, the largest taking the rest.
 */
export function scaledSizes(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
): Resize {
  const wanted = wantedReplicas(deployment);
  const all = newSet === undefined ? oldSets : [...oldSets, newSet];
  const active = all.filter((set) => sizeOf(set) > 0);
  const only =
    active.length === 0 ? (newSet ?? [...oldSets].sort(byAge).at(-1)) : active.length === 1 ? active[0] : undefined;
  if (only !== undefined) return sizeOf(only) === wanted ? new Map() : new Map([[only, wanted]]);
  if (newSet !== undefined && isSaturated(deployment, newSet)) {
    return new Map(oldSets.filter((set) => sizeOf(set) > 0).map((set) => [set, 0]));
  }
  return deployment.spec?.strategy?.type === "Recreate" ? new Map() : proportional(deployment, active);
}

function isSaturated(deployment: Deployment, newSet: ReplicaSet): boolean {
  const wanted = wantedReplicas(deployment);
  return sizeOf(newSet) === wanted && (newSet.status?.availableReplicas ?? 0) === wanted;
}

function proportional(deployment: Deployment, active: readonly ReplicaSet[]): Resize {
  const wanted = wantedReplicas(deployment);
  const allowed = wanted > 0 ? wanted + rollingLimits(deployment).surge : 0;
  const toAdd = allowed - totalSize(active);
  const sorted = [...active].sort((a, b) => sizeOf(b) - sizeOf(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)));
  const sizes = new Map(sorted.map((set) => [set, sizeOf(set)]));
  let added = 0;
  for (const set of sorted) {
    const share = fraction(deployment, set, wanted + rollingLimits(deployment).surge);
    const part = toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
    if (toAdd === 0 || part === 0) continue;
    sizes.set(set, sizeOf(set) + part);
    added += part;
  }
  const [largest] = sorted;
  if (largest !== undefined) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd - added));
  return new Map([...sizes].filter(([set, size]) => size !== sizeOf(set)));
}

/** How many pods a set would gain if the whole grew to `target` with every set keeping its share. */
function fraction(deployment: Deployment, set: ReplicaSet, target: number): number {
  if (wantedReplicas(deployment) === 0) return -sizeOf(set);
  const before = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? deployment.status?.replicas ?? 0);
  return before <= 0 ? 0 : Math.round((sizeOf(set) * target) / before) - sizeOf(set);
}
