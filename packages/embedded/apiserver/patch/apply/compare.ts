import { equal, getField, isArray, isObject } from "../../schema/json.ts";
import { FieldSet, type Path } from "./field-set.ts";
import { fieldElement } from "./path-element.ts";
import { fieldView, isAtomic, itemView, shapeOf, type TypeView } from "./type-view.ts";
import { itemsByElement } from "./typed.ts";

/** What is new, other and gone in `right`, compared with `left`. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

export function compare(left: unknown, right: unknown, view: TypeView): Comparison {
  const result = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  visit(left, right, view, { path: [], result });
  return result;
}

interface Place {
  readonly path: Path;
  readonly result: Comparison;
}

/** At most one side is undefined. */
function visit(left: unknown, right: unknown, view: TypeView, place: Place): void {
  const { path, result } = place;
  const leftShape = shapeOf(view, left ?? right);
  const shape = shapeOf(view, right ?? left);
  if (leftShape !== shape && left !== undefined && right !== undefined) {
    result.modified.insert(path);
    descend(left, undefined, view, place);
    descend(undefined, right, view, place);
    return;
  }
  if (isAtomic(view, shape) || (isBare(left) && isBare(right))) {
    if (left === undefined) result.added.insert(path);
    else if (right === undefined) result.removed.insert(path);
    else if (!equal(left, right)) result.modified.insert(path);
    return;
  }
  descend(left, right, view, place);
  if (left === undefined) result.added.insert(path);
  else if (right === undefined) result.removed.insert(path);
}

/** Nothing below: missing, null, [] or {}. */
function isBare(value: unknown): boolean {
  if (isArray(value)) return value.length === 0;
  return value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0);
}

function descend(left: unknown, right: unknown, view: TypeView, { path, result }: Place): void {
  if (isObject(left) || isObject(right)) {
    const [before, after] = [isObject(left) ? left : {}, isObject(right) ? right : {}];
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const type = fieldView(view, name);
      if (type === undefined) continue;
      visit(getField(before, name), getField(after, name), type, { path: [...path, fieldElement(name)], result });
    }
  } else if (isArray(left) || isArray(right)) {
    compareItems(isArray(left) ? left : [], isArray(right) ? right : [], view, { path, result });
  }
}

function compareItems(
  left: readonly unknown[],
  right: readonly unknown[],
  view: TypeView,
  { path, result }: Place,
): void {
  const before = itemsByElement(left, view);
  const after = itemsByElement(right, view);
  for (const element of new Set([...before.keys(), ...after.keys()])) {
    const [olds, news] = [before.get(element) ?? [], after.get(element) ?? []];
    const at = { path: [...path, element], result };
    if (olds.length <= 1 && news.length <= 1) {
      visit(olds[0], news[0], itemView(view), at);
    } else if (olds.length > 1 && news.length > 1) {
      if (!equal(olds, news)) result.modified.insert(at.path);
    } else if (olds.length > 1) {
      if (news.length > 0) visit(undefined, news[0], itemView(view), at);
      result.removed.insert(at.path);
    } else {
      if (olds.length > 0) visit(olds[0], undefined, itemView(view), at);
      result.added.insert(at.path);
    }
  }
}
