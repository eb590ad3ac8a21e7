import { clone, getField, isArray, isObject, type JsonObject, setField } from "../../schema/json.ts";
import type { PathElement } from "./path-element.ts";
import { fieldView, isAtomic, itemElement, itemView, shapeOf, type TypeView } from "./type-view.ts";

/** The live value with what is applied laid over it. Maps and lists with keys merge, the rest is taken from `applied`. */
export function merge(live: unknown, applied: unknown, view: TypeView): unknown {
  if (applied === undefined) return clone(live);
  if (live === undefined) return clone(applied);
  const shape = shapeOf(view, applied);
  if (isAtomic(view, shape) || shape !== shapeOf(view, live)) return clone(applied);
  if (isObject(live) && (isObject(applied) || applied === null)) return mergeMaps(live, applied ?? {}, view, applied);
  if (isArray(live) && (isArray(applied) || applied === null)) return mergeLists(live, applied ?? [], view, applied);
  return clone(applied);
}

function mergeMaps(live: JsonObject, applied: JsonObject, view: TypeView, whenEmpty: unknown): unknown {
  const merged: JsonObject = {};
  for (const name of new Set([...Object.keys(live), ...Object.keys(applied)])) {
    const type = fieldView(view, name);
    const value =
      type === undefined ? clone(getField(live, name)) : merge(getField(live, name), getField(applied, name), type);
    if (value !== undefined) setField(merged, name, value);
  }
  return Object.keys(merged).length === 0 ? clone(whenEmpty) : merged;
}

/**
 * Applied items keep their order, live ones theirs; live items that were not applied stay where they were between the items
 * that both have.
 */
function mergeLists(
  live: readonly unknown[],
  applied: readonly unknown[],
  view: TypeView,
  whenEmpty: unknown,
): unknown {
  const type = itemView(view);
  const left = indexed(live, view);
  const right = indexed(applied, view);
  const shared = right.entries.map(({ element }) => element).filter((element) => left.counts.has(element));
  const done = new Set<PathElement | undefined>();
  const merged: unknown[] = [];
  // Duplicates in the live list are not merged: the applied item takes their place.
  const liveItem = (element: PathElement | undefined): unknown =>
    left.counts.get(element) === 1 ? left.first.get(element) : undefined;

  for (let l = 0, r = 0; l < left.entries.length || r < right.entries.length; ) {
    const ours = left.entries[l];
    const theirs = right.entries[r];
    if (ours !== undefined && theirs !== undefined) {
      if (ours.element === theirs.element) {
        done.add(ours.element);
        merged.push(merge(liveItem(ours.element), theirs.item, type));
        l++;
        r++;
        shared.shift();
        continue;
      }
      if (
        ours.element !== undefined &&
        right.counts.has(ours.element) &&
        shared.length > 0 &&
        shared[0] !== ours.element
      ) {
        l++; // shared, but not the next one in the applied order
        continue;
      }
    }
    if (ours !== undefined) {
      if (ours.element === undefined || !right.counts.has(ours.element)) {
        merged.push(clone(ours.item));
        l++;
        continue;
      }
      if (done.has(ours.element)) l++;
    }
    if (theirs !== undefined) {
      done.add(theirs.element);
      merged.push(merge(liveItem(theirs.element), theirs.item, type));
      r++;
      if (shared[0] === theirs.element) shared.shift();
    }
  }
  return merged.length === 0 ? clone(whenEmpty) : merged;
}

interface Indexed {
  readonly entries: readonly { readonly element: PathElement | undefined; readonly item: unknown }[];
  readonly first: ReadonlyMap<PathElement | undefined, unknown>;
  /** Without items that no step can name. */
  readonly counts: ReadonlyMap<PathElement | undefined, number>;
}

function indexed(list: readonly unknown[], view: TypeView): Indexed {
  const first = new Map<PathElement | undefined, unknown>();
  const counts = new Map<PathElement | undefined, number>();
  const entries = list.map((item) => {
    const found = itemElement(view, item);
    if (typeof found !== "string") return { element: undefined, item };
    if (!first.has(found)) first.set(found, item);
    counts.set(found, (counts.get(found) ?? 0) + 1);
    return { element: found, item };
  });
  return { entries, first, counts };
}
