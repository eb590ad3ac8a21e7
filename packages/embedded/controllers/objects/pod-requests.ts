/** What a pod asks of a node. Pure. */
import { milli } from "./quantity.ts";
import type { Container, Pod } from "./types.ts";

/** Amounts by resource name, in thousandths (of cores, of bytes, of pieces). */
export type Amounts = Readonly<Record<string, number>>;

/** A container as newer API versions have it: init containers may go on running. */
type InitContainer = Container & { readonly restartPolicy?: string };

/**
 * The effective requests: the larger of what runs together (containers and sidecars) and of each init container with the
 * sidecars started before it; plus overhead.
 */
export function podRequests(pod: Pod): Amounts {
  const together = sumOf((pod.spec?.containers ?? []).map(requestsOf));
  let sidecars: Amounts = {};
  let peak: Amounts = {};
  for (const init of (pod.spec?.initContainers ?? []) as readonly InitContainer[]) {
    if (init.restartPolicy === "Always") {
      sidecars = sumOf([sidecars, requestsOf(init)]);
      peak = largest(peak, sidecars);
    } else {
      peak = largest(peak, sumOf([sidecars, requestsOf(init)]));
    }
  }
  return sumOf([largest(sumOf([together, sidecars]), peak), amounts(pod.spec?.overhead)]);
}

/** Quantities as amounts. */
export function amounts(quantities: Readonly<Record<string, string>> | undefined): Amounts {
  return Object.fromEntries(Object.entries(quantities ?? {}).map(([name, value]) => [name, milli(value)]));
}

/** Sum of amounts, name by name. */
export function sumOf(parts: readonly Amounts[]): Amounts {
  const sum: Record<string, number> = {};
  for (const part of parts) {
    for (const [name, value] of Object.entries(part)) sum[name] = (sum[name] ?? 0) + value;
  }
  return sum;
}

function requestsOf(container: Container): Amounts {
  return amounts({ ...container.resources?.limits, ...container.resources?.requests });
}

function largest(a: Amounts, b: Amounts): Amounts {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, Math.max(a[name] ?? 0, b[name] ?? 0)]));
}
