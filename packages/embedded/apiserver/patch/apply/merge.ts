import { clone, getField, isArray, isObject, type JsonObject, setField } from "../../schema/json.ts";
import type { PathElement } from "./path-element.ts";
import { fieldView, isAtomic, itemElement, itemView, shapeOf, type TypeView } from "./type-view.ts";
import { itemsByElement } from "./typed.ts";

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
  const elementOf = (item: unknown): PathElement | undefined => {
    const element = itemElement(view, item);
    return typeof element === "string" ? element : undefined;
  };
  const left = live.map((item) => ({ element: elementOf(item), item }));
  const right = applied.map((item) => ({ element: elementOf(item), item }));
  const liveItems = itemsByElement(live, view);
  const appliedItems = itemsByElement(applied, view);
  const liveItem = (element: PathElement | undefined): unknown => {
    const alike = element === undefined ? undefined : liveItems.get(element);
    // Duplicates in the live list are not merged: the applied item takes their place.
    return alike?.length === 1 ? alike[0] : undefined;
  };
  const shared = right
    .map(({ element }) => element)
    .filter((element) => element !== undefined && liveItems.has(element));
  const done = new Set<PathElement | undefined>();
  const merged: unknown[] = [];

  for (let l = 0, r = 0; l < left.length || r < right.length; ) {
    const ours = left[l];
    const theirs = right[r];
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
        appliedItems.has(ours.element) &&
        shared.length > 0 &&
        shared[0] !== ours.element
      ) {
        l++; // shared, but not the next one in the applied order
        continue;
      }
    }
    if (ours !== undefined) {
      if (ours.element === undefined || !appliedItems.has(ours.element)) {
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
