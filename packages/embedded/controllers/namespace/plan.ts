/** Emptying a namespace that is being deleted. Pure. */
import { timestamp } from "../objects/time.ts";
import type { Millis, Namespace } from "../objects/types.ts";

/** The finalizer in `spec` that we stand for. */
export const FINALIZER = "kubernetes";

/** What is left in the namespace, by resource. */
export interface Remaining {
  /** `pods.` or `statefulsets.apps` with the number of objects. */
  readonly counts: ReadonlyMap<string, number>;
  /** Finalizers of those objects with the number of objects that have them. */
  readonly finalizers: ReadonlyMap<string, number>;
  /** Errors that deleting brought. */
  readonly failures: readonly string[];
}

/** Whether the namespace waits for us. */
export function isOurs(namespace: Namespace): boolean {
  return namespace.metadata.deletionTimestamp !== undefined && namespace.spec?.finalizers?.includes(FINALIZER) === true;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

/** The conditions that tell a person what the deletion waits for, in Kubernetes' words. */
export function deletionConditions(namespace: Namespace, remaining: Remaining, now: Millis): readonly Condition[] {
  const before = (namespace.status?.conditions ?? []) as readonly Condition[];
  const count = (map: ReadonlyMap<string, number>, noun: string) =>
    [...map]
      .map(([name, number]) => `${name} has ${number} ${noun}`)
      .sort()
      .join(", ");
  const condition = (
    type: string,
    bad: boolean,
    texts: { good: [string, string]; bad: [string, string] },
  ): Condition => {
    const status = bad ? "True" : "False";
    const [reason, message] = bad ? texts.bad : texts.good;
    const present = before.find((each) => each.type === type);
    if (present?.status === status && present.reason === reason && present.message === message) return present;
    const at = present?.status === status ? present.lastTransitionTime : timestamp(now);
    return { type, status, reason, message, lastTransitionTime: at };
  };
  return [
    condition("NamespaceDeletionDiscoveryFailure", false, {
      good: ["ResourcesDiscovered", "All resources successfully discovered"],
      bad: ["DiscoveryFailed", ""],
    }),
    condition("NamespaceDeletionGroupVersionParsingFailure", false, {
      good: ["ParsedGroupVersions", "All legacy kube types successfully parsed"],
      bad: ["GroupVersionParsingFailed", ""],
    }),
    condition("NamespaceDeletionContentFailure", remaining.failures.length > 0, {
      good: ["ContentDeleted", "All content successfully deleted, may be waiting on finalization"],
      bad: [
        "ContentDeletionFailed",
        `Failed to delete all resource types, ${remaining.failures.length} remaining: ${remaining.failures.join(", ")}`,
      ],
    }),
    condition("NamespaceContentRemaining", remaining.counts.size > 0, {
      good: ["ContentRemoved", "All content successfully removed"],
      bad: ["SomeResourcesRemain", `Some resources are remaining: ${count(remaining.counts, "resource instances")}`],
    }),
    condition("NamespaceFinalizersRemaining", remaining.finalizers.size > 0, {
      good: ["ContentHasNoFinalizers", "All content-preserving finalizers finished"],
      bad: [
        "SomeFinalizersRemain",
        `Some content in the namespace has finalizers remaining: ${finalizerText(remaining.finalizers)}`,
      ],
    }),
  ];
}

function finalizerText(finalizers: ReadonlyMap<string, number>): string {
  return [...finalizers]
    .map(([name, number]) => `${name} in ${number} resource instances`)
    .sort()
    .join(", ");
}
