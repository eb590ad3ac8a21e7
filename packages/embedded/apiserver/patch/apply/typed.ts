import { isArray, isObject, type JsonObject, setField } from "../../schema/json.ts";
import { FieldSet, type Path, printPath } from "./field-set.ts";
import { fieldElement, type PathElement, printElement } from "./path-element.ts";
import { fieldView, isAtomic, isDeclared, itemElement, itemView, shapeOf, type TypeView } from "./type-view.ts";

/** What a value of a type owns: every leaf, map entry and list item in it. */
export function fieldSetOf(value: unknown, view: TypeView): FieldSet {
  const set = new FieldSet();
  collect(value, view, set, []);
  return set;
}

function collect(value: unknown, view: TypeView, set: FieldSet, path: Path): void {
  const shape = shapeOf(view, value);
  if (isAtomic(view, shape)) {
    set.insert(path);
  } else if (isObject(value)) {
    for (const name of Object.keys(value)) {
      const field = value[name];
      const below = [...path, fieldElement(name)];
      const type = fieldView(view, name);
      if (type !== undefined) collect(field, type, set, below);
      if (field === null || (isObject(field) && Object.keys(field).length === 0) || !isDeclared(view, name))
        set.insert(below);
    }
  } else if (isArray(value)) {
    for (const [element, items] of itemsByElement(value, view)) {
      const below = [...path, element];
      if (items.length === 1) collect(items[0], itemView(view), set, below);
      set.insert(below);
    }
  }
}

/** Items by their step, in order. More than one item to a step: duplicates, which stored objects may have. */
export function itemsByElement(list: readonly unknown[], view: TypeView): Map<PathElement, unknown[]> {
  const items = new Map<PathElement, unknown[]>();
  for (const item of list) {
    const element = itemElement(view, item);
    if (typeof element !== "string") continue;
    const alike = items.get(element);
    if (alike === undefined) items.set(element, [item]);
    else alike.push(item);
  }
  return items;
}

/**
 * The value without the members of a set. Null when nothing is left of a list or map that had something: so the parent still
 * counts as there. Decoding drops such nulls.
 */
export function withoutItems(value: unknown, remove: FieldSet, view: TypeView): unknown {
  const shape = shapeOf(view, value);
  if (shape === "scalar" || remove.isEmpty()) return value;
  if (isAtomic(view, shape)) return null;
  if (isArray(value)) return withoutListItems(value, remove, view);
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const name of Object.keys(value)) {
    const element = fieldElement(name);
    if (remove.members.has(element)) continue;
    const below = remove.children.get(element);
    const type = fieldView(view, name);
    const field = below === undefined || type === undefined ? value[name] : withoutItems(value[name], below, type);
    setField(kept, name, field);
  }
  return Object.keys(kept).length === 0 && Object.keys(value).length > 0 ? null : kept;
}

function withoutListItems(list: readonly unknown[], remove: FieldSet, view: TypeView): unknown[] | null {
  const kept: unknown[] = [];
  for (const item of list) {
    const element = itemElement(view, item);
    if (typeof element !== "string") {
      kept.push(item);
    } else if (!remove.members.has(element)) {
      const below = remove.children.get(element);
      kept.push(below === undefined ? item : withoutItems(item, below, itemView(view)));
    }
  }
  return kept.length === 0 && list.length > 0 ? null : kept;
}

/** Errors of a value that somebody applies: undeclared fields, wrong types, items that cannot be told apart. */
export function typeErrors(value: unknown, view: TypeView): readonly string[] {
  const errors: string[] = [];
  judge(value, view, { path: [], errors });
  return errors;
}

function judge(value: unknown, view: TypeView, at: { path: Path; errors: string[] }): void {
  if (value === null || value === undefined) return;
  const { path, errors } = at;
  const fail = (message: string): void => {
    errors.push(path.length === 0 ? message : `${printPath(path)}: ${message}`);
  };
  const { node } = view;
  if (isObject(value) && shapeOf(view, value) === "map") {
    for (const name of Object.keys(value)) {
      const type = fieldView(view, name);
      if (type !== undefined) judge(value[name], type, { path: [...path, fieldElement(name)], errors });
      else {
        errors.push(`${printPath([...path, fieldElement(name)])}: field not declared in schema`);
        return;
      }
    }
  } else if (isArray(value) && shapeOf(view, value) === "list") {
    judgeList(value, view, { path, errors, fail });
  } else if (node?.type === "object" || node?.type === "array") {
    fail(`expected ${node.type === "object" ? "map" : "list"}, got &{${printValue(value)}}`);
  } else if ((node?.type === "integer" || node?.type === "number") && typeof value !== "number") {
    fail(`expected numeric (int or float), got ${goType(value)}`);
  } else if (node?.type === "boolean" && typeof value !== "boolean") {
    fail(`expected boolean, got &{${printValue(value)}}`);
  } else if (node?.type === "string" && typeof value !== "string" && (node.format ?? "byte") === "byte") {
    fail(`expected string, got &value.valueUnstructured{Value:${JSON.stringify(value)}}`);
  }
}

function judgeList(
  list: readonly unknown[],
  view: TypeView,
  { path, errors, fail }: { path: Path; errors: string[]; fail: (message: string) => void },
): void {
  const seen = new Set<PathElement>();
  const indexed = isAtomic(view, "list");
  for (const [index, item] of list.entries()) {
    const element = indexed ? `i:${index}` : itemElement(view, item);
    if (typeof element !== "string") {
      fail(`element ${index}: ${element.error}`);
      return;
    }
    if (seen.has(element)) fail(`duplicate entries for key ${printElement(element)}`);
    seen.add(element);
    judge(item, itemView(view), { path: [...path, element], errors });
  }
}

function goType(value: unknown): string {
  if (isArray(value)) return "[]interface {}";
  if (isObject(value)) return "map[string]interface {}";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function printValue(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
