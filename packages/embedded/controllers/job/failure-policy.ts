/** `spec.podFailurePolicy`: what a failed pod means for its Job. Pure. */
import type { Job, Pod } from "../objects/types.ts";

/** The verdict on one failed pod. */
export interface FailureVerdict {
  /** Whether it counts towards the backoff limit. */
  readonly counts: boolean;
  /** Set when the whole Job fails, with the reason in words. */
  readonly failsJob?: string;
  /** Set when the pod's index fails at once. */
  readonly failsIndex?: boolean;
}

type Rule = NonNullable<NonNullable<NonNullable<Job["spec"]>["podFailurePolicy"]>["rules"]>[number];

/** The first rule that matches decides; without one the failure counts. */
export function judgeFailure(job: Job, pod: Pod): FailureVerdict {
  const rules = job.spec?.podFailurePolicy?.rules ?? [];
  for (const [index, rule] of rules.entries()) {
    const match = matchRule(rule, pod);
    if (match === undefined) continue;
    switch (rule.action) {
      case "Ignore":
        return { counts: false };
      case "FailIndex":
        return { counts: true, failsIndex: true };
      case "FailJob":
        return { counts: true, failsJob: `${match} matching FailJob rule at index ${index}` };
      default:
        return { counts: true };
    }
  }
  return { counts: true };
}

/** What matched, in Kubernetes' words; undefined when nothing did. */
function matchRule(rule: Rule, pod: Pod): string | undefined {
  const where = `for pod ${pod.metadata.namespace}/${pod.metadata.name}`;
  if (rule.onExitCodes !== undefined) {
    const { containerName, operator, values } = rule.onExitCodes;
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
    for (const status of statuses) {
      const code = status.state?.terminated?.exitCode;
      if (code === undefined || code === 0) continue;
      if (containerName !== undefined && containerName !== status.name) continue;
      if (values.includes(code) === (operator === "In")) {
        return `Container ${status.name} ${where} failed with exit code ${code}`;
      }
    }
    return undefined;
  }
  for (const pattern of rule.onPodConditions ?? []) {
    const condition = pod.status?.conditions?.find((c) => c.type === pattern.type);
    if (condition !== undefined && condition.status === (pattern.status ?? "True")) {
      return `Pod ${pod.metadata.namespace}/${pod.metadata.name} has condition ${pattern.type}`;
    }
  }
  return undefined;
}
