/** Why and how a pod is being ended. */
export interface StopOrder {
  readonly graceMs: number;
  /** deleted: the API waits for us to remove it; gone: it is out of the API already; node: the node ends, the pod stays. */
  readonly why: "deleted" | "gone" | "node";
}

const RANK = { node: 0, deleted: 1, gone: 2 } as const;

/** Of two orders the stricter reason and the shorter time. */
export function stricter(before: StopOrder | undefined, order: StopOrder): StopOrder {
  if (before === undefined) return order;
  const why = RANK[before.why] > RANK[order.why] ? before.why : order.why;
  return { why, graceMs: Math.min(order.graceMs, before.graceMs) };
}
