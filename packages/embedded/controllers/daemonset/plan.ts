/** What a DaemonSet needs done next. Pure. */
import { canonicalJson } from "@keelson/kube";
import { type Action, type Plan, refOf, regarding } from "../execution/actions.ts";
import { resolveIntOrPercent } from "../objects/int-or-percent.ts";
import { availableInMs, isAvailable, isReady, isTerminal, isTerminating } from "../objects/pod-state.ts";
import { soonest } from "../objects/time.ts";
import type {
  ControllerRevision,
  DaemonSet,
  DaemonSetStatus,
  Millis,
  Node,
  Pod,
  PodTemplateSpec,
} from "../objects/types.ts";
import { REVISION_LABEL } from "../statefulset/members.ts";
import { planRevision, surplusRevisions } from "../statefulset/revisions.ts";
import { daemonPod, nodeOf, shouldRun, shouldStay } from "./pods.ts";

/** A DaemonSet with its types, so that it can own. */
export type OwningDaemonSet = DaemonSet & { readonly apiVersion: "apps/v1"; readonly kind: "DaemonSet" };

/** Everything the decision depends on. */
export interface DaemonSetView {
  readonly set: OwningDaemonSet;
  readonly revisions: readonly ControllerRevision[];
  /** The set's own pods, in any order. */
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  readonly now: Millis;
}

/** The pods of one node. */
interface Place {
  readonly node: Node;
  readonly wanted: boolean;
  readonly pods: readonly Pod[];
}

/** One pod on each fitting node; rolling updates; the status. */
export function planDaemonSet(view: DaemonSetView): Plan {
  const { set, revisions, pods, now } = view;
  const template: PodTemplateSpec = set.spec?.template ?? {};
  const owner = { ...set, spec: { template, ...limitOf(set) } };
  const revision = planRevision(owner, revisions, set.status?.collisionCount ?? 0);
  const hash = revision.update.metadata.labels?.["controller.kubernetes.io/hash"] ?? "";
  const places = placesOf(view);
  const minReady = set.spec?.minReadySeconds ?? 0;
  const waiting = pods.filter((pod) => isReady(pod) && !isAvailable(pod, minReady, now));

  const actions: Action[] = [];
  if (revision.create !== undefined)
    actions.push({ type: "create", kind: "ControllerRevision", object: revision.create });
  if (revision.renumber !== undefined)
    actions.push({ type: "replace", kind: "ControllerRevision", object: revision.renumber });
  if (!isTerminating(set)) {
    const changes = placeActions(view, places, { template, hash });
    actions.push(...changes, ...(changes.length > 0 ? [] : updateActions(view, places, hash)));
  }
  const live = new Set([
    revision.update.metadata.name ?? "",
    ...revisions
      .filter((each) => pods.some((pod) => hashOf(pod) === each.metadata.labels?.["controller.kubernetes.io/hash"]))
      .map((each) => each.metadata.name ?? ""),
  ]);
  return {
    actions,
    finish: () => [
      ...statusActions(view, places, hash),
      ...surplusRevisions(owner, revisions, live).map(
        (old): Action => ({ type: "delete", kind: "ControllerRevision", ref: refOf(old), uid: old.metadata.uid }),
      ),
    ],
    requeueAfterMs: soonest(...waiting.map((pod) => availableInMs(pod, minReady, now))),
  };
}

function limitOf(set: DaemonSet): { revisionHistoryLimit?: number } {
  const limit = set.spec?.revisionHistoryLimit;
  return limit === undefined ? {} : { revisionHistoryLimit: limit };
}

function placesOf({ set, nodes, pods }: DaemonSetView): readonly Place[] {
  return nodes.map((node) => ({
    node,
    wanted: shouldRun(set, node),
    pods: pods.filter((pod) => nodeOf(pod) === node.metadata.name),
  }));
}

/** Missing pods are made, surplus and ended ones removed. */
function placeActions(
  view: DaemonSetView,
  places: readonly Place[],
  current: { template: PodTemplateSpec; hash: string },
): readonly Action[] {
  const { set, nodes } = view;
  const known = new Set(nodes.map((node) => node.metadata.name));
  const actions: Action[] = [];
  for (const { node, wanted, pods } of places) {
    const here = pods.filter((pod) => !isTerminating(pod));
    const [ended, running] = [here.filter(isTerminal), here.filter((pod) => !isTerminal(pod))];
    actions.push(...ended.map((pod) => remove(set, pod)));
    if (!wanted && !shouldStay(set, node)) actions.push(...running.map((pod) => remove(set, pod)));
    else if (running.length > 1)
      actions.push(
        ...[...running]
          .sort(byAge)
          .slice(1)
          .map((pod) => remove(set, pod)),
      );
    // A pod that is still ending keeps its place (ports, volumes) until it is gone.
    else if (wanted && pods.length === 0)
      actions.push(create(set, daemonPod(set, current.template, { node, hash: current.hash })));
  }
  const lost = view.pods.filter((pod) => !isTerminating(pod) && !known.has(nodeOf(pod) ?? ""));
  return [...actions, ...lost.map((pod) => remove(set, pod))];
}

/** Replaces pods of older revisions, as many at a time as may be unavailable; unavailable ones first. */
function updateActions({ set, now }: DaemonSetView, places: readonly Place[], hash: string): readonly Action[] {
  const strategy = set.spec?.updateStrategy;
  if (strategy?.type === "OnDelete") return [];
  const wanted = places.filter((place) => place.wanted);
  const limit = resolveIntOrPercent(strategy?.rollingUpdate?.maxUnavailable ?? 1, wanted.length, "up") ?? 1;
  const minReady = set.spec?.minReadySeconds ?? 0;
  const available = (pod: Pod) => !isTerminating(pod) && isAvailable(pod, minReady, now);
  const pods = wanted.flatMap((place) => place.pods).filter((pod) => !isTerminating(pod));
  const old = pods.filter((pod) => hashOf(pod) !== hash);
  const broken = old.filter((pod) => !available(pod));
  const unavailable = wanted.filter((place) => !place.pods.some(available)).length;
  const room = Math.max(0, Math.max(1, limit) - unavailable);
  const healthy = old.filter(available).slice(0, room);
  return [...broken, ...healthy].map((pod) => remove(set, pod));
}

function statusActions({ set, now }: DaemonSetView, places: readonly Place[], hash: string): readonly Action[] {
  const minReady = set.spec?.minReadySeconds ?? 0;
  const wanted = places.filter((place) => place.wanted);
  const oldest = wanted.flatMap((place) => [...place.pods].sort(byAge).slice(0, 1));
  const ready = oldest.filter(isReady);
  const available = ready.filter((pod) => isAvailable(pod, minReady, now)).length;
  const updated = oldest.filter((pod) => hashOf(pod) === hash).length;
  const unavailable = wanted.length - available;
  const { collisionCount, conditions } = set.status ?? {};
  const status: DaemonSetStatus = {
    currentNumberScheduled: oldest.length,
    numberMisscheduled: places.filter((place) => !place.wanted && place.pods.length > 0).length,
    desiredNumberScheduled: wanted.length,
    numberReady: ready.length,
    observedGeneration: set.metadata.generation ?? 0,
    ...(updated === 0 ? {} : { updatedNumberScheduled: updated }),
    ...(available === 0 ? {} : { numberAvailable: available }),
    ...(unavailable === 0 ? {} : { numberUnavailable: unavailable }),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions === undefined ? {} : { conditions }),
  };
  if (canonicalJson(status) === canonicalJson(set.status)) return [];
  return [{ type: "status", kind: "DaemonSet", object: { ...set, status } as OwningDaemonSet }];
}

function hashOf(pod: Pod): string {
  return pod.metadata.labels?.[REVISION_LABEL] ?? "";
}

function byAge(a: Pod, b: Pod): number {
  const key = (pod: Pod) => `${pod.metadata.creationTimestamp ?? ""}/${pod.metadata.name ?? ""}`;
  return key(a) < key(b) ? -1 : 1;
}

function create(set: OwningDaemonSet, pod: Pod): Action {
  const report = {
    regarding: regarding("apps/v1", "DaemonSet", set),
    done: { reason: "SuccessfulCreate", message: "Created pod: {name}" },
    failed: { reason: "FailedCreate", message: "Error creating: {error}" },
  };
  return { type: "create", kind: "Pod", object: pod, report };
}

function remove(set: OwningDaemonSet, pod: Pod): Action {
  const report = {
    regarding: regarding("apps/v1", "DaemonSet", set),
    done: { reason: "SuccessfulDelete", message: "Deleted pod: {name}" },
  };
  return { type: "delete", kind: "Pod", ref: refOf(pod), uid: pod.metadata.uid, report };
}
