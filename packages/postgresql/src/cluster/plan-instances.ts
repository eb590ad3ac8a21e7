/** Which instances there should be, which of them run, and which goes when there are too many. */
import type { Live, StatefulSet } from "@keelson/kube";
import type { Problem } from "../reasons.ts";
import { dataVolumes, inheritance } from "./inherited-volumes.ts";
import { annotation } from "./labels.ts";
import type { InstanceSet, PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { isPausePostponed } from "./plan-pause.ts";
import { nextRemoval } from "./plan-removal.ts";
import { activeRestore, type Instance, instancesOf, leaderLock, primaryOf, type View } from "./view.ts";

export interface WantedInstance {
  readonly name: string;
  readonly set: InstanceSet;
  readonly running: boolean;
}

/** An instance of a set that the specification no longer has: it only stops and starts with the others. */
export interface FormerInstance {
  readonly statefulSet: Live<StatefulSet>;
  readonly running: boolean;
}

export interface InstancePlan {
  /** Sorted by name; more than the specification has while those that are too many wait for their turn. */
  readonly wanted: readonly WantedInstance[];
  /** Of sets that are no longer specified, while they wait for their turn to go. */
  readonly former: readonly FormerInstance[];
  /** The instance that goes away now, if any; its volumes stay. */
  readonly surplus: readonly Instance[];
  /** The primary is to go and somebody else has to become primary first. */
  readonly primaryMustMove: boolean;
  /** Instances made from volumes that are older than the cluster. */
  readonly adopted: readonly string[];
  /** Why instances are not made. */
  readonly problems: readonly Problem[];
}

/** Tries for a free name; far more than there are instances. */
const MAX_NAMES = 1_000;

function newNames(c: PgCluster, view: View, set: string, count: number, taken: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (let n = 0; n < MAX_NAMES && found.length < count; n++) {
    const name = names.instanceName(c, set, n);
    if (!taken.has(name) && !view.statefulSets.has(name) && !found.includes(name)) found.push(name);
  }
  return found;
}

/** Who goes first: what does not work, then what is furthest behind, then the youngest. */
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
  const { heir, problem } = inheritance(c, view);
  const isKnown = (i: Instance): boolean => c.sets.some((set) => set.name === i.set);
  const tooMany: Instance[] = existing.filter((i) => !isKnown(i)).sort(byUselessness);
  const staying: { name: string; set: InstanceSet }[] = [];
  const adopted: string[] = [];
  const spared = protectedInstances(view, heir);
  for (const set of c.sets) {
    const members = existing.filter((i) => i.set === set.name);
    const leaving = members
      .filter((i) => !spared.has(i.name))
      .sort(byUselessness)
      .slice(0, Math.max(0, members.length - set.replicas));
    tooMany.push(...leaving);
    staying.push(...members.filter((i) => !leaving.includes(i)).map((i) => ({ name: i.name, set })));
    // While it is not known which volume counts, none is chosen by making an instance of it.
    const missing = problem === undefined ? Math.max(0, set.replicas - members.length) : 0;
    const old = dataVolumes(view)
      .filter((volume) => volume.set === set.name && !view.statefulSets.has(volume.instance))
      .slice(0, missing);
    adopted.push(...old.filter((volume) => volume.inherited).map((volume) => volume.instance));
    const taken = old.map((volume) => volume.instance);
    const fresh = newNames(c, view, set.name, missing - old.length, new Set(taken));
    staying.push(...[...taken, ...fresh].map((name) => ({ name, set })));
  }
  const removal = nextRemoval(c, view, { tooMany, staying: staying.map(({ name }) => name) });
  // Those whose turn has not come yet are kept as they are.
  const waiting = tooMany.flatMap((i) => {
    const set = c.sets.find((each) => each.name === i.set);
    return set === undefined || i === removal ? [] : [{ name: i.name, set }];
  });
  const former = tooMany
    .flatMap(({ set, statefulSet }) =>
      statefulSet === undefined ||
      statefulSet.metadata.deletionTimestamp !== undefined ||
      c.sets.some((s) => s.name === set)
        ? []
        : [statefulSet],
    )
    .filter(({ metadata }) => metadata.name !== removal?.name);
  const wanted = [...staying, ...waiting].sort((a, b) => (a.name < b.name ? -1 : 1));
  const starts = heir ?? view.cr.metadata.annotations?.[annotation.startup];
  const isThere = (name: string | undefined): boolean =>
    wanted.some((w) => w.name === name) || former.some(({ metadata }) => metadata.name === name);
  const runs =
    problem === undefined
      ? running(c, view, isThere(starts) ? starts : undefined)
      : (name: string) => runsAlready(view, name);
  return {
    wanted: wanted.map((w) => ({ ...w, running: runs(w.name) })),
    former: former.map((statefulSet) => ({ statefulSet, running: runs(statefulSet.metadata.name) })),
    surplus: removal === undefined ? [] : [removal],
    primaryMustMove: primary !== undefined && !isKnown(primary),
    adopted,
    problems: problem === undefined ? [] : [problem],
  };
}

/** Those that have, or may have, the newest data: the primary, who holds its lock, and who is to lead after a stop. */
function protectedInstances(view: View, heir: string | undefined): ReadonlySet<string> {
  const holder = leaderLock(view).pod;
  const all = [
    primaryOf(view)?.name,
    holder === undefined ? undefined : names.instanceOfPod(holder),
    view.cr.metadata.annotations?.[annotation.startup],
    heir,
  ];
  return new Set(all.filter((name) => name !== undefined));
}

const runsAlready = (view: View, name: string): boolean => view.statefulSets.get(name)?.spec?.replicas === 1;

/** `starts` is who has to lead before others start: the primary before a stop, or the newest data of an earlier cluster. */
function running(c: PgCluster, view: View, starts: string | undefined): (name: string) => boolean {
  const primary = primaryOf(view);
  const restore = activeRestore(view);
  if (isPausePostponed(c, view)) return (name) => runsAlready(view, name);
  if (c.paused || restore?.phase === "stopping") {
    // Replicas first: then the primary has nobody to wait for, and nobody takes over.
    const keep = restore?.instance ?? primary?.name ?? view.cr.metadata.annotations?.[annotation.startup];
    const othersGone = instancesOf(view).every((i) => i.name === keep || i.pod === undefined);
    return (name) => name === keep && !othersGone && runsAlready(view, name);
  }
  if (restore?.phase === "restoring") return () => false;
  if (starts === undefined || primary !== undefined) return () => true;
  return (name) => name === starts || runsAlready(view, name);
}
