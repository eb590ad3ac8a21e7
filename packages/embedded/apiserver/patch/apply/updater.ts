import { clone, isArray, isObject, type JsonObject, setField } from "../../schema/json.ts";
import { compare } from "./compare.ts";
import { FieldSet, type Path } from "./field-set.ts";
import { type Manager, type Managers, withFields } from "./managers.ts";
import { merge } from "./merge.ts";
import { fieldElement, type PathElement } from "./path-element.ts";
import { fieldView, isAtomic, isDeclared, itemView, shapeOf, type TypeView } from "./type-view.ts";
import { fieldSetOf, withoutItems } from "./typed.ts";

/** Who owns what would change. */
export interface Conflict {
  readonly manager: Manager;
  readonly path: Path;
}

/** What everybody has in common and nobody owns. */
const unowned = FieldSet.of(
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((name) => ["f:metadata", fieldElement(name)]),
);

export interface Change {
  readonly live: JsonObject;
  readonly view: TypeView;
  readonly managers: Managers;
  /** Identity of who acts. */
  readonly self: string;
  readonly entry: Omit<Manager, "fields">;
  /** Paths that this endpoint does not write, with all below them. */
  readonly ignored: FieldSet;
}

/** Tracks a write that was not an apply: what it changed is now the actor's, and no longer others'. */
export function trackUpdate(change: Change, updated: JsonObject): Managers {
  const { live, view, self, entry, ignored } = change;
  const managers = reconciled(change.managers, view);
  const { changed, removed } = changesBetween(live, updated, { view, ignored });
  takeFrom(managers, changed.union(removed));
  const own = changed.difference(unowned);
  if (!own.isEmpty()) {
    const before = managers.get(self)?.fields;
    managers.set(self, { ...entry, fields: before === undefined ? own : own.union(before) });
  }
  return managers;
}

function changesBetween(
  before: unknown,
  after: unknown,
  { view, ignored }: { view: TypeView; ignored: FieldSet },
): { readonly changed: FieldSet; readonly removed: FieldSet } {
  const { added, modified, removed } = compare(before, after, view);
  return { changed: added.union(modified).recursiveDifference(ignored), removed: removed.recursiveDifference(ignored) };
}

/** Takes ownership away from every manager, and drops those that own nothing any more. */
function takeFrom(managers: Managers, fields: FieldSet): void {
  for (const [identity, manager] of managers) {
    if (!manager.fields.intersects(fields)) continue;
    const rest = manager.fields.difference(fields);
    if (rest.isEmpty()) managers.delete(identity);
    else managers.set(identity, withFields(manager, rest));
  }
}

export type Applied =
  | { readonly object: unknown; readonly managers: Managers }
  | { readonly conflicts: readonly Conflict[] };

/** Merges what is applied into the live object, removes what the applier gave up, and settles ownership. */
export function apply(change: Change, applied: JsonObject, force: boolean): Applied {
  const { live, view, self, entry, ignored } = change;
  const managers = reconciled(change.managers, view);
  const last = managers.get(self)?.fields;
  const own = fieldSetOf(applied, view).recursiveDifference(ignored);
  managers.set(self, { ...entry, fields: own });
  const merged = merge(live, applied, view);
  const givesUp = last !== undefined && !last.difference(own).isEmpty();
  const object = givesUp ? withEmptied(removeGivenUp({ merged, last, managers, view }), applied) : merged;

  const { changed, removed } = changesBetween(live, object, { view, ignored });
  const others = [...managers].filter(([identity]) => identity !== self);
  const conflicts = others.flatMap(([, manager]) =>
    [...manager.fields.intersection(changed).paths()].map((path) => ({ manager, path })),
  );
  if (conflicts.length > 0 && !force) return { conflicts };

  const rest: Managers = new Map(others);
  takeFrom(rest, changed.union(removed));
  const stripped = own.difference(unowned);
  if (!stripped.isEmpty()) rest.set(self, { ...entry, fields: stripped });
  return { object, managers: rest };
}

/** Removing all of a map leaves null; where the applier asks for an empty one, it gets that. */
function withEmptied(object: unknown, applied: unknown): unknown {
  if (object === null && (isObject(applied) || isArray(applied))) return clone(applied);
  if (!isObject(object) || !isObject(applied)) return object;
  const result: JsonObject = { ...object };
  for (const name of Object.keys(object)) {
    if (Object.hasOwn(applied, name)) setField(result, name, withEmptied(object[name], applied[name]));
  }
  return result;
}

/** Without what the applier had applied before, does not apply now, and nobody else owns. */
function removeGivenUp(of: { merged: unknown; last: FieldSet; managers: Managers; view: TypeView }): unknown {
  const { merged, view } = of;
  const last = withNamedParents(of.last, view);
  const pruned = withoutItems(merged, last, view);
  const mergedSet = withNamedParents(fieldSetOf(merged, view), view);

  let owned = new FieldSet();
  for (const { fields } of of.managers.values()) owned = owned.union(fields);
  const kept = withNamedParents(fieldSetOf(pruned ?? {}, view), view).union(withNamedParents(owned, view));
  const withOwned = withoutItems(merged, mergedSet.difference(kept), view);

  // Items that went only because their parent did, and were never the applier's, come back.
  const left = withNamedParents(fieldSetOf(withOwned ?? {}, view), view);
  return withoutItems(merged, mergedSet.difference(left).intersection(last), view);
}

/** Declared fields that have members below them count as members too. */
function withNamedParents(set: FieldSet, view: TypeView | undefined): FieldSet {
  const result = new FieldSet();
  for (const element of set.members) result.members.add(element);
  for (const [element, child] of set.children) {
    if (element.startsWith("f:") && view !== undefined && isDeclared(view, element.slice(2)))
      result.members.add(element);
    result.children.set(element, withNamedParents(child, viewBelow(view, element)));
  }
  return result;
}

function viewBelow(view: TypeView | undefined, element: PathElement): TypeView | undefined {
  if (view === undefined) return undefined;
  return element.startsWith("f:") ? fieldView(view, element.slice(2)) : itemView(view);
}

/** Sets as this schema sees them: what is atomic now is owned whole by those who owned parts of it. */
function reconciled(managers: Managers, view: TypeView): Managers {
  return new Map(
    [...managers].map(([identity, entry]) => [identity, withFields(entry, atomicOwned(entry.fields, view))]),
  );
}

function atomicOwned(set: FieldSet, view: TypeView): FieldSet {
  let changed = false;
  const result = new FieldSet();
  for (const element of set.members) result.members.add(element);
  for (const [element, child] of set.children) {
    const below = viewBelow(view, element);
    const atomic = below?.node !== undefined && isAtomic(below, shapeOf(below, null)) && !child.isEmpty();
    const seen = below === undefined || atomic ? child : atomicOwned(child, below);
    if (atomic) result.members.add(element);
    else result.children.set(element, seen);
    changed ||= atomic || seen !== child;
  }
  return changed ? result : set;
}
