/** What a StatefulSet needs done next. Pure; semantics of Kubernetes 1.34, see ./README.md. */
import { canonicalJson } from "@keelson/kube";
import { type Action, type Plan, refOf, regarding } from "../execution/actions.ts";
import { resolveIntOrPercent } from "../objects/int-or-percent.ts";
import { isTerminating } from "../objects/pod-state.ts";
import type { ControllerRevision, Millis, PersistentVolumeClaim, Pod } from "../objects/types.ts";
import {
  claimsOf,
  memberPod,
  missingIdentity,
  type OwningSet,
  ordinalOf,
  replicasOf,
  startOrdinal,
} from "./members.ts";
import { claimOwners, isStaleClaim } from "./retention.ts";
import { planRevision, surplusRevisions, templateOf } from "./revisions.ts";
import { availabilityDelayMs, isMemberAvailable, memberRevision, setStatus } from "./status.ts";

/** Everything the decision depends on. */
export interface StatefulSetView {
  readonly set: OwningSet;
  /** The set's own ControllerRevisions, in any order. */
  readonly revisions: readonly ControllerRevision[];
  /** The set's own pods, in any order. */
  readonly pods: readonly Pod[];
  /** The namespace's claims by name. */
  readonly claims: ReadonlyMap<string, PersistentVolumeClaim>;
  readonly now: Millis;
}

/** One ordinal and the pod that is there for it now. */
interface Slot {
  readonly ordinal: number;
  readonly pod: Pod | undefined;
}

/** What one slot needs, and whether an ordered set must wait for it before it touches the next. */
interface Step {
  readonly actions: readonly Action[];
  readonly blocks: boolean;
}

const READY: Step = { actions: [], blocks: false };
const WAIT: Step = { actions: [], blocks: true };

/** Creates, repairs, scales down or updates pods, in the set's order; then writes its status. */
export function planStatefulSet(view: StatefulSetView): Plan {
  const { set, revisions, pods, now } = view;
  const revision = planRevision(set, revisions, set.status?.collisionCount ?? 0);
  const update = revision.update;
  const current = revisions.find((r) => r.metadata.name === set.status?.currentRevision) ?? update;
  const names = { current: current.metadata.name ?? "", update: update.metadata.name ?? "" };

  const actions: Action[] = [];
  if (revision.create !== undefined) {
    actions.push({ type: "create", kind: "ControllerRevision", object: revision.create });
  }
  if (revision.renumber !== undefined) {
    actions.push({ type: "replace", kind: "ControllerRevision", object: revision.renumber });
  }
  if (!isTerminating(set)) actions.push(...new MemberPlanner(view, current, update).actions());

  // Pods that this pass deletes count as leaving at once: their successors must not be made from the old revision.
  const leaving = new Set(actions.flatMap((action) => (action.type === "delete" ? [action.uid] : [])));
  const live = new Set([names.current, names.update, ...pods.map(memberRevision)]);
  return {
    actions,
    finish: () => [
      ...statusAction(set, setStatus(set, { pods, leaving, now }, names)),
      ...surplusRevisions(set, revisions, live).map(
        (old): Action => ({ type: "delete", kind: "ControllerRevision", ref: refOf(old), uid: old.metadata.uid }),
      ),
    ],
    requeueAfterMs: availabilityDelayMs(set, pods, now),
  };
}

function statusAction(set: OwningSet, status: ReturnType<typeof setStatus>): readonly Action[] {
  if (canonicalJson(status) === canonicalJson({ ...set.status, conditions: undefined })) return [];
  const { conditions } = set.status ?? {};
  const next = conditions === undefined ? status : { ...status, conditions };
  return [{ type: "status", kind: "StatefulSet", object: { ...set, status: next } as OwningSet }];
}

/** Walks the slots of one view. Holds only what is fixed for the pass. */
class MemberPlanner {
  readonly #view: StatefulSetView;
  readonly #current: ControllerRevision;
  readonly #update: ControllerRevision;
  readonly #ordered: boolean;
  readonly #minReady: number;

  constructor(view: StatefulSetView, current: ControllerRevision, update: ControllerRevision) {
    this.#view = view;
    this.#current = current;
    this.#update = update;
    this.#ordered = view.set.spec?.podManagementPolicy !== "Parallel";
    this.#minReady = view.set.spec?.minReadySeconds ?? 0;
  }

  actions(): readonly Action[] {
    const { set } = this.#view;
    const first = startOrdinal(set);
    const byOrdinal = new Map(this.#view.pods.map((pod) => [ordinalOf(set, pod.metadata.name), pod]));
    const wanted: Slot[] = Array.from({ length: replicasOf(set) }, (_, index) => ({
      ordinal: first + index,
      pod: byOrdinal.get(first + index),
    }));
    const surplus = [...byOrdinal]
      .filter(([ordinal]) => ordinal !== undefined && (ordinal < first || ordinal >= first + wanted.length))
      .map(([ordinal, pod]): Slot => ({ ordinal: ordinal ?? 0, pod }))
      .sort((a, b) => b.ordinal - a.ordinal);
    // Ordered sets may remove an unhealthy surplus pod only when it is the first unhealthy one of all.
    const unhealthy = [...wanted, ...surplus.toReversed()].find((slot) => !this.#isHealthy(slot));

    const steps = this.#walk([
      ...wanted.map((slot) => () => this.#keep(slot)),
      ...surplus.map((slot) => () => ({ actions: this.#claimRepairs(slot), blocks: false })),
      ...surplus.map((slot) => () => this.#remove(slot, slot === unhealthy)),
    ]);
    if (steps.blocks) return steps.actions;
    return [...steps.actions, ...this.#updates(wanted)];
  }

  /** Runs the steps in order; in an ordered set the first that blocks ends the walk. */
  #walk(steps: readonly (() => Step)[]): Step {
    const actions: Action[] = [];
    for (const step of steps) {
      const outcome = step();
      actions.push(...outcome.actions);
      if (outcome.blocks && this.#ordered) return { actions, blocks: true };
    }
    return { actions, blocks: false };
  }

  #isHealthy(slot: Slot): boolean {
    return (
      slot.pod !== undefined && !isTerminating(slot.pod) && isMemberAvailable(slot.pod, this.#minReady, this.#view.now)
    );
  }

  /** A wanted ordinal: replaced when its pod has ended, created when absent, waited for when not available. */
  #keep(slot: Slot): Step {
    const { pod, ordinal } = slot;
    if (pod === undefined) return this.#create(ordinal);
    const phase = pod.status?.phase;
    if (phase === "Failed" || phase === "Succeeded") {
      return { actions: isTerminating(pod) ? [] : [this.#delete(pod)], blocks: true };
    }
    const claims = phase === "Pending" && !isTerminating(pod) ? this.#missingClaims(ordinal) : [];
    if (isTerminating(pod) || !this.#isHealthy(slot)) return { actions: claims, blocks: true };
    return { actions: [...this.#identityRepair(slot), ...this.#claimRepairs(slot)], blocks: false };
  }

  #create(ordinal: number): Step {
    const { set, claims } = this.#view;
    const name = `${set.metadata.name ?? ""}-${ordinal}`;
    const existing = claimsOf(set, ordinal).map((claim) => claims.get(claim.metadata.name ?? ""));
    const present = existing.filter((claim) => claim !== undefined);
    if (present.some((claim) => isStaleClaim(set, claim, name))) return WAIT;
    const leaving = present.find(isTerminating);
    if (leaving !== undefined) {
      const message = `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: pvc ${leaving.metadata.name} is being deleted`;
      return { actions: [this.#event("Warning", "FailedCreate", message)], blocks: true };
    }
    const revision = this.#startsFromCurrent(ordinal) ? this.#current : this.#update;
    const pod = memberPod(set, templateOf(set, revision), revision.metadata.name ?? "", ordinal);
    const create: Action = { type: "create", kind: "Pod", object: pod, report: this.#report("create", name) };
    return { actions: [...this.#missingClaims(ordinal), create], blocks: true };
  }

  /** Below the partition (or, without one, where the old revision still runs) a lost pod comes back as it was. */
  #startsFromCurrent(ordinal: number): boolean {
    const { set } = this.#view;
    const strategy = set.spec?.updateStrategy;
    const first = startOrdinal(set);
    if (strategy?.rollingUpdate !== undefined) return ordinal < first + (strategy.rollingUpdate.partition ?? 0);
    return strategy?.type === "RollingUpdate" && ordinal < first + (set.status?.currentReplicas ?? 0);
  }

  #missingClaims(ordinal: number): readonly Action[] {
    const { set, claims } = this.#view;
    return claimsOf(set, ordinal)
      .filter((claim) => !claims.has(claim.metadata.name ?? ""))
      .map((claim): Action => {
        const name = `${set.metadata.name ?? ""}-${ordinal}`;
        const text = `create Claim ${claim.metadata.name} Pod ${name} in StatefulSet ${set.metadata.name}`;
        const report = {
          regarding: regarding("apps/v1", "StatefulSet", set),
          done: { reason: "SuccessfulCreate", message: `${text} success` },
          failed: { reason: "FailedCreate", message: `${text} failed error: {error}` },
        };
        return { type: "create", kind: "PersistentVolumeClaim", object: claim, ifExists: "ignore", report };
      });
  }

  #identityRepair({ pod, ordinal }: Slot): readonly Action[] {
    const labels = pod === undefined ? undefined : missingIdentity(this.#view.set, pod, ordinal);
    if (pod === undefined || labels === undefined) return [];
    return [
      {
        type: "patch",
        kind: "Pod",
        ref: refOf(pod),
        body: { metadata: { uid: pod.metadata.uid, labels } },
        report: this.#report("update", pod.metadata.name ?? ""),
      },
    ];
  }

  #claimRepairs({ pod, ordinal }: Slot): readonly Action[] {
    if (pod === undefined) return [];
    const { set, claims } = this.#view;
    return claimsOf(set, ordinal).flatMap((wanted): readonly Action[] => {
      const claim = claims.get(wanted.metadata.name ?? "");
      const ownerReferences = claim === undefined ? undefined : claimOwners(set, claim, { ordinal, pod });
      if (claim === undefined || ownerReferences === undefined) return [];
      const { uid, resourceVersion } = claim.metadata;
      const body = { metadata: { uid, resourceVersion, ownerReferences } };
      return [{ type: "patch", kind: "PersistentVolumeClaim", ref: refOf(claim), body }];
    });
  }

  /** A surplus ordinal: the highest goes first, one at a time when ordered. */
  #remove(slot: Slot, isFirstUnhealthy: boolean): Step {
    if (slot.pod === undefined) return READY;
    if (isTerminating(slot.pod)) return WAIT;
    if (this.#ordered && !this.#isHealthy(slot) && !isFirstUnhealthy) return WAIT;
    return { actions: [this.#delete(slot.pod)], blocks: true };
  }

  /** Deletes pods of other revisions, highest ordinal first, as far as the strategy allows. */
  #updates(wanted: readonly Slot[]): readonly Action[] {
    const { set } = this.#view;
    const strategy = set.spec?.updateStrategy;
    if (strategy?.type === "OnDelete") return [];
    const name = this.#update.metadata.name ?? "";
    const isOld = (slot: Slot): slot is Slot & { pod: Pod } =>
      slot.pod !== undefined && !isTerminating(slot.pod) && memberRevision(slot.pod) !== name;
    const updatable = wanted.slice(Math.min(strategy?.rollingUpdate?.partition ?? 0, wanted.length)).toReversed();

    const limit = strategy?.rollingUpdate?.maxUnavailable;
    if (limit !== undefined) {
      const allowed = Math.max(1, resolveIntOrPercent(limit, wanted.length, "down") ?? 1);
      const room = allowed - wanted.filter((slot) => !this.#isHealthy(slot)).length;
      return updatable
        .filter(isOld)
        .slice(0, Math.max(0, room))
        .map((slot) => this.#delete(slot.pod));
    }
    for (const slot of updatable) {
      if (isOld(slot)) return [this.#delete(slot.pod)];
      if (!this.#isHealthy(slot)) return [];
    }
    return [];
  }

  #delete(pod: Pod): Action {
    const name = pod.metadata.name ?? "";
    return {
      type: "delete",
      kind: "Pod",
      ref: refOf(pod),
      uid: pod.metadata.uid,
      report: this.#report("delete", name),
    };
  }

  #report(verb: "create" | "update" | "delete", pod: string): NonNullable<Action["report"]> {
    const { set } = this.#view;
    const suffix = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}`;
    const text = `${verb} Pod ${pod} in StatefulSet ${set.metadata.name}`;
    return {
      regarding: regarding("apps/v1", "StatefulSet", set),
      done: { reason: `Successful${suffix}`, message: `${text} successful` },
      failed: { reason: `Failed${suffix}`, message: `${text} failed error: {error}` },
    };
  }

  #event(level: "Normal" | "Warning", reason: string, message: string): Action {
    return { type: "event", regarding: regarding("apps/v1", "StatefulSet", this.#view.set), level, reason, message };
  }
}
