import { clone, equal, getField, isArray, isObject, type JsonObject, setField } from "../schema/json.ts";
import type { SchemaNode } from "../schema/schema-node.ts";
import { goPrint } from "./go-print.ts";
import { PatchError } from "./patch-error.ts";
import { mergeOrder } from "./strategic-order.ts";
import { withoutNulls } from "./without-nulls.ts";

const directive = "$patch";
const retainKeys = "$retainKeys";
const deletePrefix = "$deleteFromPrimitiveList/";
const orderPrefix = "$setElementOrder/";

const badPrimitiveList = "invalid patch format of primitive list";
const badRetainKeys = "invalid patch format of retainKeys";
const badOrderList = "invalid patch format of setElementOrder list";

/**
 * Strategic merge patch with all directives: `$patch: replace|delete`, `$retainKeys`, `$setElementOrder/FIELD` and
 * `$deleteFromPrimitiveList/FIELD`. Returns a new object; the given one is not changed. Throws PatchError.
 */
export function applyStrategicMergePatch(original: JsonObject, patch: unknown, schema: SchemaNode): JsonObject {
  if (!isObject(patch)) throw new PatchError(400, "invalid JSON document");
  return mergeObject(clone(original), patch, schema);
}

/** `schema` is undefined below fields without one: there objects merge and lists are replaced. */
function mergeObject(original: JsonObject, patch: JsonObject, schema: SchemaNode | undefined): JsonObject {
  if (Object.hasOwn(patch, directive)) return applyObjectDirective(patch);
  const merged: JsonObject = { ...original };
  applyRetainKeys(merged, patch);
  const ordered = mergeOrderedLists(merged, patch, schema);

  for (const [key, value] of Object.entries(patch)) {
    if (key === retainKeys || key.startsWith(orderPrefix) || ordered.has(key)) continue;
    if (key.startsWith(deletePrefix)) deleteFromList(merged, key.slice(deletePrefix.length), value);
    else if (value === null) delete merged[key];
    else mergeField(merged, key, value, schema);
  }
  return merged;
}

function applyObjectDirective(patch: JsonObject): JsonObject {
  if (patch[directive] === "replace") {
    const { [directive]: _, ...replacement } = patch;
    return clone(replacement);
  }
  if (patch[directive] === "delete") return {};
  throw unknownDirective(patch);
}

function mergeField(merged: JsonObject, key: string, value: unknown, schema: SchemaNode | undefined): void {
  const current = getField(merged, key);
  const field = fieldSchema(schema, key);
  const replaces = field?.patchStrategy?.includes("replace") === true;
  if (isObject(current) && isObject(value)) {
    setField(merged, key, replaces ? clone(value) : mergeObject(current, value, field));
  } else if (isArray(current) && isArray(value)) {
    setField(merged, key, mergesLists(field) ? mergeList(current, value, field) : clone(value));
  } else {
    const plain = withoutDirectives(withoutNulls(value));
    if (plain === undefined) delete merged[key];
    else setField(merged, key, plain);
  }
}

function fieldSchema(schema: SchemaNode | undefined, key: string): SchemaNode | undefined {
  return schema?.properties?.get(key) ?? schema?.additionalProperties;
}

function mergesLists(field: SchemaNode | undefined): field is SchemaNode {
  return field?.patchStrategy?.includes("merge") === true;
}

/** Keeps only the fields that `$retainKeys` names, which must be all that the patch sets. */
function applyRetainKeys(merged: JsonObject, patch: JsonObject): void {
  const kept = patch[retainKeys];
  if (kept === undefined) return;
  if (!isArray(kept)) throw new PatchError(400, badRetainKeys);
  for (const [key, value] of Object.entries(patch)) {
    if (key === retainKeys || value === null || key.startsWith(deletePrefix) || key.startsWith(orderPrefix)) continue;
    if (!kept.includes(key)) throw new PatchError(400, badRetainKeys);
  }
  for (const key of Object.keys(merged)) {
    if (!kept.includes(key)) delete merged[key];
  }
}

/** Merges the lists that come with a `$setElementOrder`. Returns the fields that are thereby done. */
function mergeOrderedLists(merged: JsonObject, patch: JsonObject, schema: SchemaNode | undefined): ReadonlySet<string> {
  const done = new Set<string>();
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(orderPrefix)) continue;
    const field = key.slice(orderPrefix.length);
    if (!isArray(order)) throw new PatchError(400, badOrderList);
    const current = listOrUndefined(getField(merged, field));
    const change = listOrUndefined(getField(patch, field));
    const node = fieldSchema(schema, field);
    const mergeKey = node?.patchMergeKey;
    if (change !== undefined) checkOrder(change, order, mergeKey);
    let items: unknown[];
    if (change === undefined) {
      if (current === undefined) continue;
      items = current;
    } else if (current === undefined) {
      items = withoutDirectivesInList(change);
    } else {
      items = mergesLists(node) ? mergeList(current, change, node) : clone(change);
    }
    setField(merged, field, mergeOrder({ items, order, live: current ?? [], mergeKey }));
    done.add(field);
  }
  return done;
}

function listOrUndefined(value: unknown): unknown[] | undefined {
  if (value === undefined || isArray(value)) return value;
  throw new PatchError(
    500,
    `expected a []interface {}, but received a ${value === null ? "%!s(<nil>)" : typeof value}`,
  );
}

/** What the patch adds must appear in the order list, in the same order. */
function checkOrder(change: readonly unknown[], order: readonly unknown[], mergeKey: string | undefined): void {
  if (order.length === 0) return;
  let at = 0;
  for (const item of change) {
    if (isObject(item) && Object.hasOwn(item, directive)) continue;
    while (at < order.length && !sameItem(item, order[at], mergeKey)) at++;
    if (at === order.length) {
      throw new PatchError(
        500,
        `The order in patch list:\n${goPrint(change)}\n doesn't match $setElementOrder list:\n${goPrint(order)}\n`,
      );
    }
    at++;
  }
}

function sameItem(a: unknown, b: unknown, mergeKey: string | undefined): boolean {
  if (mergeKey === undefined) return a === b;
  return equal(keyOf(a, mergeKey), keyOf(b, mergeKey));
}

function keyOf(item: unknown, mergeKey: string): unknown {
  if (!isObject(item) || !Object.hasOwn(item, mergeKey)) {
    throw new PatchError(500, `map: ${goPrint(item)} does not contain declared merge key: ${mergeKey}`);
  }
  return item[mergeKey];
}

function deleteFromList(merged: JsonObject, field: string, values: unknown): void {
  if (!isArray(values)) throw new PatchError(400, badPrimitiveList);
  const current = getField(merged, field);
  if (isArray(current)) {
    setField(
      merged,
      field,
      current.filter((item) => !values.includes(item)),
    );
  }
}

function mergeList(current: readonly unknown[], change: readonly unknown[], schema: SchemaNode): unknown[] {
  const all = [...current, ...change];
  if (all.some(isArray)) throw new PatchError(422, "lists of lists are not supported");
  if (!all.some(isObject)) {
    return mergeOrder({ items: [...new Set(all)], order: change, live: current, mergeKey: undefined });
  }
  const mergeKey = schema.patchMergeKey;
  if (mergeKey === undefined) throw new PatchError(500, "cannot merge lists without merge key");
  return mergeObjectList(current, change, { mergeKey, items: schema.items });
}

function mergeObjectList(
  current: readonly unknown[],
  change: readonly unknown[],
  { mergeKey, items }: { mergeKey: string; items: SchemaNode | undefined },
): unknown[] {
  let merged = [...current];
  const plain: JsonObject[] = [];
  let replaces = false;
  for (const item of change) {
    if (!isObject(item)) throw new PatchError(500, `list element types are not identical: ${goPrint([change])}`);
    if (!Object.hasOwn(item, directive)) plain.push(item);
    else if (item[directive] === "replace") replaces = true;
    else if (item[directive] === "delete") {
      const key = keyOf(item, mergeKey);
      merged = merged.filter((other) => !(isObject(other) && equal(getField(other, mergeKey), key)));
    } else if (item[directive] === "merge") {
      throw new PatchError(500, "merging lists cannot yet be specified in the patch");
    } else throw unknownDirective(item);
  }
  if (replaces) return clone(plain);

  for (const item of plain) {
    const key = keyOf(item, mergeKey);
    const at = merged.findIndex((other) => isObject(other) && equal(getField(other, mergeKey), key));
    const found = merged[at];
    if (isObject(found)) merged[at] = mergeObject(found, item, items);
    else merged.push(clone(item));
  }
  return mergeOrder({ items: merged, order: plain, live: current, mergeKey });
}

function unknownDirective(patch: JsonObject): PatchError {
  return new PatchError(500, `unknown patch type: ${String(patch[directive])} in map: ${goPrint(patch)}`);
}

/** A value that is new carries directives for nothing: items and fields that are one go. */
function withoutDirectives(value: unknown): unknown {
  if (isArray(value)) return withoutDirectivesInList(value);
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, directive)) return undefined;
  const kept: JsonObject = {};
  for (const field of Object.keys(value)) {
    const plain = withoutDirectives(value[field]);
    if (plain !== undefined) setField(kept, field, plain);
  }
  return kept;
}

function withoutDirectivesInList(list: readonly unknown[]): unknown[] {
  return list.map(withoutDirectives).filter((item) => item !== undefined);
}
