/** Conditions of a status. Pure: a list in, a list out. */
import { timestamp } from "@keelson/kube";
import type { Condition } from "@keelson/resources";

/** Limit of the API. Source: metav1.Condition. */
const MAX_MESSAGE_LENGTH = 32_768;

/** A condition as it should be; times are added when it is set. */
export interface WantedCondition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  /** One stable CamelCase word. */
  readonly reason: string;
  /** A sentence for people; may be empty. */
  readonly message: string;
}

/** When and about which generation conditions are set. */
export interface ConditionContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** `metadata.generation` that the conditions are about. */
  readonly generation?: number | undefined;
}

/**
 * The list with one condition set. `lastTransitionTime` moves only when the status changes; the other conditions stay where they are; a new
 * one comes last. The same list object is given back when nothing changes.
 */
export function setCondition(
  conditions: readonly Condition[],
  wanted: WantedCondition,
  { now, generation }: ConditionContext,
): readonly Condition[] {
  const existing = findCondition(conditions, wanted.type);
  const condition: Condition = {
    type: wanted.type,
    status: wanted.status,
    reason: wanted.reason,
    message: shorten(wanted.message),
    lastTransitionTime: existing?.status === wanted.status ? existing.lastTransitionTime : timestamp(now),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  if (existing === undefined) return [...conditions, condition];
  if (isSameCondition(existing, condition)) return conditions;
  return conditions.map((other) => (other.type === wanted.type ? condition : other));
}

/** The list with several conditions set, in order. */
export function setConditions(
  conditions: readonly Condition[],
  wanted: readonly WantedCondition[],
  context: ConditionContext,
): readonly Condition[] {
  return wanted.reduce((list, condition) => setCondition(list, condition, context), conditions);
}

/** The list without the conditions of these types; the same list object when there are none. */
export function removeConditions(conditions: readonly Condition[], types: readonly string[]): readonly Condition[] {
  return conditions.some(({ type }) => types.includes(type))
    ? conditions.filter(({ type }) => !types.includes(type))
    : conditions;
}

/** The condition of a type; undefined when there is none. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

function isSameCondition(a: Condition, b: Condition): boolean {
  return (
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration &&
    a.lastTransitionTime === b.lastTransitionTime
  );
}

function shorten(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}
