import { equal, getField, isObject } from "../schema/json.ts";

/**
 * Orders a merged list: the items that `order` names follow it, the others keep their order of the `live` list, and the two
 * are interleaved as the live list had them. Precedence: order list, patch, live.
 */
export function mergeOrder(of: {
  readonly items: readonly unknown[];
  readonly order: readonly unknown[];
  readonly live: readonly unknown[];
  /** Undefined for lists of plain values. */
  readonly mergeKey: string | undefined;
}): unknown[] {
  const { order, live, mergeKey } = of;
  const position = (list: readonly unknown[], item: unknown): number =>
    list.findIndex((other) => equal(keyOf(other, mergeKey), keyOf(item, mergeKey)));

  const named: unknown[] = [];
  const serverOnly: unknown[] = [];
  for (const item of of.items) (position(order, item) < 0 ? serverOnly : named).push(item);
  sortBy(named, (item) => position(order, item));
  sortBy(serverOnly, (item) => position(live, item));

  const merged: unknown[] = [];
  let next = 0;
  for (const item of serverOnly) {
    const at = position(live, item);
    while (next < named.length && !(at >= 0 && at < position(live, named[next]))) merged.push(named[next++]);
    merged.push(item);
  }
  return [...merged, ...named.slice(next)];
}

function keyOf(item: unknown, mergeKey: string | undefined): unknown {
  return mergeKey === undefined || !isObject(item) ? item : getField(item, mergeKey);
}

/** Stable; items without a position stay behind the ones that have one. */
function sortBy(items: unknown[], position: (item: unknown) => number): void {
  const rank = (item: unknown): number => {
    const at = position(item);
    return at < 0 ? Number.MAX_SAFE_INTEGER : at;
  };
  items.sort((a, b) => rank(a) - rank(b));
}
