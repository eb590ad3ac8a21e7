/** What a planner can ask for. Data only: planners stay pure, the executor does it. */
import type { Millis, ObjectMeta, ObjectReference } from "../objects/types.ts";

/** The kinds that actions are about; the executor knows their paths. */
export type KindName =
  | "ConfigMap"
  | "ControllerRevision"
  | "CronJob"
  | "DaemonSet"
  | "Deployment"
  | "Endpoints"
  | "EndpointSlice"
  | "Job"
  | "Lease"
  | "Namespace"
  | "Node"
  | "PersistentVolume"
  | "PersistentVolumeClaim"
  | "Pod"
  | "PodDisruptionBudget"
  | "ReplicaSet"
  | "ResourceQuota"
  | "Secret"
  | "Service"
  | "ServiceAccount"
  | "StatefulSet"
  | "StorageClass";

/** Anything with metadata. */
export interface AnyObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** An object's address; cluster-scoped ones have no namespace. */
export interface Ref {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Events about an action: one when it was done, one when it failed. `{name}` and `{error}` are filled in. */
export interface Report {
  readonly regarding: ObjectReference;
  readonly done?: { readonly reason: string; readonly message: string };
  readonly failed?: { readonly reason: string; readonly message: string };
}

/** One write. Each is safe to repeat and carries the precondition that makes a stale plan fail instead of harm. */
export type Action = { readonly report?: Report } & (
  | {
      readonly type: "create";
      readonly kind: KindName;
      readonly object: AnyObject;
      /** What it means when the name is taken: fine (it is the wanted object), or a failure (the default). */
      readonly ifExists?: "ignore" | "fail";
    }
  /** Replaces the object; `metadata.resourceVersion` is the precondition. */
  | { readonly type: "replace"; readonly kind: KindName; readonly object: AnyObject }
  /** Replaces the status; `metadata.resourceVersion` is the precondition. */
  | { readonly type: "status"; readonly kind: KindName; readonly object: AnyObject }
  /** JSON merge patch; put `metadata.uid` (and `resourceVersion` where order matters) into the body. */
  | {
      readonly type: "patch";
      readonly kind: KindName;
      readonly ref: Ref;
      readonly body: object;
      readonly subresource?: "status";
      /** Asks the API server (not the cache) first whether this object lives and is not being deleted. */
      readonly onlyWhile?: { readonly kind: KindName; readonly ref: Ref; readonly uid: string | undefined };
    }
  | {
      readonly type: "delete";
      readonly kind: KindName;
      readonly ref: Ref;
      readonly uid: string | undefined;
      readonly resourceVersion?: string | undefined;
      readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
      readonly gracePeriodSeconds?: number;
    }
  /** Makes a folder on this machine that every user may write to; one that is there is fine. */
  | { readonly type: "makeDirectory"; readonly path: string }
  /** Removes a folder with all that is in it, but only when the API server (not the cache) says that this object is gone. */
  | {
      readonly type: "removeDirectory";
      readonly path: string;
      readonly onlyWithout: { readonly kind: KindName; readonly ref: Ref; readonly uid: string | undefined };
    }
  | {
      readonly type: "event";
      readonly regarding: ObjectReference;
      readonly level: "Normal" | "Warning";
      readonly reason: string;
      readonly message: string;
    }
);

/** Why the actions of a plan stopped. */
export interface Failure {
  readonly action: Action;
  readonly message: string;
}

/** What a planner answers. */
export interface Plan {
  /** In order; the first failure ends them. Consecutive creations, and consecutive deletions, may run side by side. */
  readonly actions: readonly Action[];
  /** Written after the actions, also when one failed (then it is told which). */
  readonly finish?: (failure: Failure | undefined) => readonly Action[];
  /** Set only when time alone can change the answer. */
  readonly requeueAfterMs?: Millis | undefined;
}

/** Nothing to do until something changes. */
export const SETTLED: Plan = { actions: [] };

/** The address of an object. */
export function refOf(object: { readonly metadata: ObjectMeta }): Ref {
  return { namespace: object.metadata.namespace, name: object.metadata.name ?? "" };
}

/** The reference that events carry. */
export function regarding(
  apiVersion: string,
  kind: string,
  object: { readonly metadata: ObjectMeta },
): ObjectReference {
  const { name = "", namespace, uid = "", resourceVersion } = object.metadata;
  return {
    apiVersion,
    kind,
    name,
    uid,
    ...(namespace === undefined ? {} : { namespace }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}
