/** Which of too many instances may go now: one at a time, and never one that the cluster's data depend on. Pure. */
import { isCaughtUp } from "../ha/caught-up.ts";
import { label } from "./labels.ts";
import type { PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { type Instance, instancesOf, primaryOf, synchronousMembers, type View } from "./view.ts";

export interface Removals {
  /** Instances that are one too many, those first that are needed least. */
  readonly tooMany: readonly Instance[];
  /** Names of those that are to stay, including ones that are not there yet. */
  readonly staying: readonly string[];
}

/**
 * The next to go, or undefined while nobody may. Without a primary nobody goes: whoever is taken might be the one with the newest data.
 * In synchronous replication the last one must have left Patroni's list first, since the quorum of a failover is counted from it.
 */
export function nextRemoval(c: PgCluster, view: View, { tooMany, staying }: Removals): Instance | undefined {
  const going = tooMany.find((i) => i.statefulSet?.metadata.deletionTimestamp !== undefined);
  if (going !== undefined) return going;
  const primary = primaryOf(view);
  if (primary === undefined || tooMany.length === 0) return undefined;
  const instances = instancesOf(view);
  const isInstance = (pod: string): boolean => instances.some((i) => names.instancePod(i.name) === pod);
  const synchronous = synchronousMembers(view) ?? [];
  const stops = [...view.pods.values()].some(
    ({ metadata }) => metadata.labels?.[label.data] === "postgres" && !isInstance(metadata.name),
  );
  if (stops || synchronous.some((pod) => !isInstance(pod))) return undefined;

  const isThere = (name: string): boolean => {
    const instance = instances.find((i) => i.name === name);
    return instance?.ready === true && isCaughtUp(c, view, instance);
  };
  const replicas = staying.filter((name) => name !== primary.name);
  const mayGo = (i: Instance): boolean => {
    const pod = names.instancePod(i.name);
    if (i.name === primary.name) return false;
    // Of a set that the specification no longer has: those that replace it come first.
    if (!c.sets.some((set) => set.name === i.set)) return staying.every(isThere);
    const isNeeded = synchronous.includes(pod) && replicas.length > 0;
    return !isNeeded || replicas.some((name) => synchronous.includes(names.instancePod(name)) && isThere(name));
  };
  return tooMany.find(mayGo);
}
