/** What a ReplicaSet needs done next. Pure. */
import { canonicalJson } from "@keelson/kube";
import { type Action, type Failure, type Plan, refOf, regarding } from "../execution/actions.ts";
import { availableInMs, isActive, isAvailable, isReady, isTerminating } from "../objects/pod-state.ts";
import { podFromTemplate } from "../objects/pod-template.ts";
import { matchesLabels } from "../objects/selector.ts";
import { soonest, timestamp } from "../objects/time.ts";
import type { Millis, Pod, ReplicaSet, ReplicaSetStatus } from "../objects/types.ts";
import { chooseVictims } from "./victims.ts";

/** A ReplicaSet with its types, so that it can own. */
export type OwningReplicaSet = ReplicaSet & { readonly apiVersion: "apps/v1"; readonly kind: "ReplicaSet" };

/** Everything the decision depends on. */
export interface ReplicaSetView {
  readonly set: OwningReplicaSet;
  /** The set's own pods, ended ones included, in any order. */
  readonly pods: readonly Pod[];
  readonly now: Millis;
}

/** The most pods that one pass creates or deletes. */
const BURST = 500;

/** Creates missing pods, deletes surplus ones, writes the status. */
export function planReplicaSet(view: ReplicaSetView): Plan {
  const { set, now } = view;
  const active = view.pods.filter(isActive);
  const minReady = set.spec?.minReadySeconds ?? 0;
  const waiting = active.filter((pod) => isReady(pod) && !isAvailable(pod, minReady, now));
  return {
    actions: isTerminating(set) ? [] : podActions(set, active),
    finish: (failure) => statusActions(set, active, { now, failure }),
    requeueAfterMs: soonest(...waiting.map((pod) => availableInMs(pod, minReady, now))),
  };
}

function podActions(set: OwningReplicaSet, active: readonly Pod[]): readonly Action[] {
  const surplus = active.length - (set.spec?.replicas ?? 1);
  const about = regarding("apps/v1", "ReplicaSet", set);
  if (surplus < 0) {
    const create: Action = {
      type: "create",
      kind: "Pod",
      object: podFromTemplate(set, set.spec?.template ?? {}),
      report: {
        regarding: about,
        done: { reason: "SuccessfulCreate", message: "Created pod: {name}" },
        failed: { reason: "FailedCreate", message: "Error creating: {error}" },
      },
    };
    return Array.from({ length: Math.min(-surplus, BURST) }, () => create);
  }
  return chooseVictims(active, Math.min(surplus, BURST)).map((pod) => ({
    type: "delete",
    kind: "Pod",
    ref: refOf(pod),
    uid: pod.metadata.uid,
    report: {
      regarding: about,
      done: { reason: "SuccessfulDelete", message: "Deleted pod: {name}" },
      failed: { reason: "FailedDelete", message: "Error deleting: {error}" },
    },
  }));
}

function statusActions(
  set: OwningReplicaSet,
  active: readonly Pod[],
  seen: { readonly now: Millis; readonly failure: Failure | undefined },
): readonly Action[] {
  const status = replicaSetStatus(set, active, seen);
  if (canonicalJson(status) === canonicalJson(set.status)) return [];
  return [{ type: "status", kind: "ReplicaSet", object: { ...set, status } as OwningReplicaSet }];
}

function replicaSetStatus(
  set: OwningReplicaSet,
  active: readonly Pod[],
  { now, failure }: { readonly now: Millis; readonly failure: Failure | undefined },
): ReplicaSetStatus {
  const labels = set.spec?.template?.metadata?.labels;
  const ready = active.filter(isReady);
  const available = ready.filter((pod) => isAvailable(pod, set.spec?.minReadySeconds ?? 0, now));
  const labelled = active.filter((pod) => matchesLabels(labels, pod.metadata.labels));
  const conditions = failureCondition(set, { now, failure });
  return {
    replicas: active.length,
    ...(labelled.length === 0 ? {} : { fullyLabeledReplicas: labelled.length }),
    ...(ready.length === 0 ? {} : { readyReplicas: ready.length }),
    ...(available.length === 0 ? {} : { availableReplicas: available.length }),
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

/** `ReplicaFailure` is there while pods cannot be created or deleted, and gone afterwards. */
function failureCondition(
  set: OwningReplicaSet,
  { now, failure }: { readonly now: Millis; readonly failure: Failure | undefined },
): NonNullable<ReplicaSetStatus["conditions"]> {
  const conditions = set.status?.conditions ?? [];
  const others = conditions.filter((condition) => condition.type !== "ReplicaFailure");
  if (failure === undefined) return others;
  const present = conditions.find((condition) => condition.type === "ReplicaFailure");
  if (present !== undefined) return conditions;
  const reason = failure.action.type === "delete" ? "FailedDelete" : "FailedCreate";
  const condition = { type: "ReplicaFailure", status: "True", reason, message: failure.message };
  return [...others, { ...condition, lastTransitionTime: timestamp(now) }];
}
