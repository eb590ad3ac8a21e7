/** What is special in deleting some kinds: grace for pods, the namespace that waits for its contents. */
import type { Resource } from "../registry/resource.ts";
import { isObject, type KubeObject, numberAt, objectAt, stringAt } from "../types.ts";

export interface DeletionRules {
  /** The answer is the object and not a Status. */
  readonly answersObject: boolean;
  /** Seconds until the object may go; 0: now. */
  gracePeriod(object: KubeObject, asked: number | undefined): number;
  /** Something other than finalizers in the metadata holds the object. */
  holds(object: KubeObject): boolean;
  /** Changes what shows that the deletion has begun. */
  mark(object: KubeObject): void;
}

const answersObject = new Set([
  "pods",
  "services",
  "serviceaccounts",
  "persistentvolumeclaims",
  "persistentvolumes",
  "namespaces",
  "resourcequotas",
  "podtemplates",
  "storage.k8s.io/storageclasses",
  "storage.k8s.io/csidrivers",
  "storage.k8s.io/csinodes",
  "storage.k8s.io/volumeattachments",
]);

const plain = { gracePeriod: () => 0, holds: () => false, mark: () => {} };

export function deletionRules(resource: Resource): DeletionRules {
  const answers = answersObject.has(resource.collection);
  if (resource.collection === "pods")
    return { answersObject: answers, gracePeriod: podGrace, holds: () => false, mark: () => {} };
  if (resource.collection === "namespaces") {
    return { answersObject: answers, gracePeriod: () => 0, holds: hasSpecFinalizers, mark: markTerminating };
  }
  return { answersObject: answers, ...plain };
}

/** A pod that runs nowhere, or runs no more, needs no time to stop. */
function podGrace(pod: KubeObject, asked: number | undefined): number {
  const fallback = numberAt(pod.spec, "terminationGracePeriodSeconds") ?? 30;
  let grace = asked ?? fallback;
  if (grace < 0) grace = 1;
  const phase = stringAt(pod.status, "phase");
  const isScheduled = (stringAt(pod.spec, "nodeName") ?? "") !== "";
  if (!isScheduled || phase === "Failed" || phase === "Succeeded") grace = 0;
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  if (deletionTimestamp !== undefined && asked === undefined) return deletionGracePeriodSeconds ?? grace;
  return grace;
}

function hasSpecFinalizers(namespace: KubeObject): boolean {
  const spec = namespace.spec;
  return isObject(spec) && Array.isArray(spec["finalizers"]) && spec["finalizers"].length > 0;
}

function markTerminating(namespace: KubeObject): void {
  namespace.status = { ...objectAt(namespace, "status"), phase: "Terminating" };
}
