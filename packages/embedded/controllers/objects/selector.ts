/** Label selectors and node selectors. */
import type { LabelSelector, Labels, Node, NodeSelectorRequirement, NodeSelectorTerm } from "./types.ts";

/**
 * Whether the labels satisfy the selector. An absent selector matches nothing and an empty one everything,
 * as in every Kubernetes API that takes a LabelSelector.
 */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined || selector === null) return false;
  const have = labels ?? {};
  if (!matchesLabels(selector.matchLabels, have)) return false;
  return (selector.matchExpressions ?? []).every((e) => matchesExpression(e.key, e.operator, e.values ?? [], have));
}

/** Whether every wanted label is there with its value; no wanted labels match everything. */
export function matchesLabels(wanted: Labels | undefined, labels: Labels | undefined): boolean {
  const have = labels ?? {};
  return Object.entries(wanted ?? {}).every(([key, value]) => Object.hasOwn(have, key) && have[key] === value);
}

/** Whether a selector has no terms at all. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  if (selector === undefined) return true;
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}

/** A node selector: terms are alternatives; an absent or empty list matches nothing. */
export function matchesNodeTerms(terms: readonly NodeSelectorTerm[] | undefined, node: Node): boolean {
  return (terms ?? []).some((term) => matchesNodeTerm(term, node));
}

/** One term: all its expressions and fields. An empty term matches nothing. */
export function matchesNodeTerm(term: NodeSelectorTerm, node: Node): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  const nodeFields: Labels = { "metadata.name": node.metadata.name ?? "" };
  return expressions.every((e) => meets(e, node.metadata.labels ?? {})) && fields.every((e) => meets(e, nodeFields));
}

function meets(requirement: NodeSelectorRequirement, labels: Labels): boolean {
  return matchesExpression(requirement.key, requirement.operator, requirement.values ?? [], labels);
}

function matchesExpression(key: string, operator: string, values: readonly string[], labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt":
      return compares(operator, value, values[0]);
    default:
      return false;
  }
}

function compares(operator: "Gt" | "Lt", value: string | undefined, bound: string | undefined): boolean {
  if (value === undefined || bound === undefined || !/^-?\d+$/.test(value) || !/^-?\d+$/.test(bound)) return false;
  return operator === "Gt" ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
}
