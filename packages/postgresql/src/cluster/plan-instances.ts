/** Which instances there should be, which of them run, and which goes when there are too many. */
import { annotation, label } from "./labels.ts";
import type { InstanceSet, PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { activeRestore, type Instance, instancesOf, primaryOf, systemIdentifier, type View } from "./view.ts";

export interface WantedInstance {
  readonly name: string;
  readonly set: InstanceSet;
  readonly running: boolean;
}

export interface InstancePlan {
  /** Sorted by name. */
  readonly wanted: readonly WantedInstance[];
  /** Instances that go away; their volumes stay. */
  readonly surplus: readonly Instance[];
  /** The primary is to go and somebody else has to become primary first. */
  readonly primaryMustMove: boolean;
  /** Instances made from volumes that are older than the cluster. */
  readonly adopted: readonly string[];
}

/** Tries for a free name; far more than there are instances. */
const MAX_NAMES = 1_000;

/** Instance names of data volumes that no StatefulSet uses: their data are taken up again before new ones are made. */
function orphans(view: View, set: string): string[] {
  return [...view.claims.values()]
    .filter(
      (claim) =>
        claim.metadata.deletionTimestamp === undefined &&
        claim.metadata.labels?.[label.role] === "pgdata" &&
        claim.metadata.labels[label.instanceSet] === set,
    )
    .map((claim) => claim.metadata.labels?.[label.instance] ?? "")
    .filter((name) => name !== "" && !view.statefulSets.has(name))
    .sort();
}

function newNames(c: PgCluster, view: View, set: string, count: number, taken: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (let n = 0; n < MAX_NAMES && found.length < count; n++) {
    const name = names.instanceName(c, set, n);
    if (!taken.has(name) && !view.statefulSets.has(name) && !found.includes(name)) found.push(name);
  }
  return found;
}

/** Who goes first: what does not work, then what is furthest behind, then the youngest. The primary never. */
function byUselessness(a: Instance, b: Instance): number {
  const dead = (i: Instance): number => (i.ready ? 1 : 0);
  const position = (i: Instance): number => i.member.xlog_location ?? 0;
  const age = (i: Instance): number => Date.parse(i.statefulSet?.metadata.creationTimestamp ?? "") || 0;
  return dead(a) - dead(b) || position(a) - position(b) || age(b) - age(a) || (a.name < b.name ? 1 : -1);
}

/** Pure. */
export function planInstances(c: PgCluster, view: View): InstancePlan {
  const existing = instancesOf(view);
  const primary = primaryOf(view);
  const surplus: Instance[] = existing.filter((i) => !c.sets.some((set) => set.name === i.set));
  const wanted: { name: string; set: InstanceSet }[] = [];
  const adopted: string[] = [];
  for (const set of c.sets) {
    const members = existing.filter((i) => i.set === set.name);
    if (members.length >= set.replicas) {
      const leaving = members
        .filter((i) => i.name !== primary?.name)
        .sort(byUselessness)
        .slice(0, members.length - set.replicas);
      surplus.push(...leaving);
      wanted.push(...members.filter((i) => !leaving.includes(i)).map((i) => ({ name: i.name, set })));
      continue;
    }
    const missing = set.replicas - members.length;
    const old = orphans(view, set.name).slice(0, missing);
    const born = Date.parse(view.cr.metadata.creationTimestamp);
    const isOlder = (name: string): boolean =>
      Date.parse(view.claims.get(names.dataVolume(name))?.metadata.creationTimestamp ?? "") < born;
    adopted.push(...old.filter(isOlder));
    const fresh = newNames(c, view, set.name, missing - old.length, new Set(old));
    wanted.push(...[...members.map((i) => i.name), ...old, ...fresh].map((name) => ({ name, set })));
  }
  wanted.sort((a, b) => (a.name < b.name ? -1 : 1));
  const runs = running(
    c,
    view,
    wanted.map((w) => w.name),
    primary,
  );
  return {
    wanted: wanted.map((w) => ({ ...w, running: runs(w.name) })),
    surplus: surplus.filter((i) => i.name !== primary?.name),
    primaryMustMove: primary !== undefined && surplus.some((i) => i.name === primary.name),
    adopted,
  };
}

/** The instance that starts alone, before the others: the one that was primary last. */
export function startupInstance(view: View, wanted: readonly string[]): string | undefined {
  const noted = view.cr.metadata.annotations?.[annotation.startup];
  if (noted !== undefined && wanted.includes(noted)) return noted;
  // Volumes of an earlier cluster of this name, and nobody who remembers who was primary: the volumes do.
  if (systemIdentifier(view) !== undefined || instancesOf(view).length > 0) return undefined;
  const reigns = wanted.flatMap((name) => {
    const reign = Number(view.claims.get(names.dataVolume(name))?.metadata.annotations?.[annotation.reign] ?? "");
    return Number.isFinite(reign) && reign > 0 ? [{ name, reign }] : [];
  });
  return reigns.sort((a, b) => b.reign - a.reign)[0]?.name;
}

function running(
  c: PgCluster,
  view: View,
  wanted: readonly string[],
  primary: Instance | undefined,
): (name: string) => boolean {
  const restore = activeRestore(view);
  const existing = new Map(instancesOf(view).map((i) => [i.name, i]));
  if (c.paused || restore?.phase === "stopping") {
    // Replicas first: then the primary has nobody to wait for, and nobody takes over.
    const keep = restore?.instance ?? primary?.name ?? view.cr.metadata.annotations?.[annotation.startup];
    const othersGone = [...existing.values()].every((i) => i.name === keep || i.pod === undefined);
    return (name) => name === keep && !othersGone && existing.get(name)?.statefulSet?.spec?.replicas === 1;
  }
  if (restore?.phase === "restoring") return () => false;
  const startup = startupInstance(view, wanted);
  if (startup === undefined || primary !== undefined) return () => true;
  return (name) => name === startup || existing.get(name)?.statefulSet?.spec?.replicas === 1;
}
