import { clone, equal, getField, isArray, isObject, type JsonObject, setField } from "../schema/json.ts";
import { findPlace, listIndex, type Place } from "./json-pointer.ts";
import { PatchError } from "./patch-error.ts";

/**
 * RFC 6902. Returns a new document; the given one is not changed. Throws PatchError with the texts of kube-apiserver, whose
 * leniency is kept: `replace` may set a missing field of an object, list indexes may be negative.
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!isArray(patch)) throw new PatchError(400, "the patch is not a list of operations");
  const root = { document: clone(document) };
  for (const operation of patch) {
    if (!isObject(operation)) throw new PatchError(400, "the patch has an operation that is not an object");
    applyOperation(root, operation);
  }
  return root.document;
}

interface Root {
  document: unknown;
}

function applyOperation(root: Root, operation: JsonObject): void {
  switch (operation["op"]) {
    case "add":
      add(root, pathOf(operation, "path", "add"), clone(operation["value"] ?? null), "add");
      break;
    case "remove":
      remove(root, pathOf(operation, "path", "remove"), "remove");
      break;
    case "replace":
      replace(root, pathOf(operation, "path", "replace"), clone(operation["value"] ?? null));
      break;
    case "test":
      testValue(root, pathOf(operation, "path", "test"), operation["value"]);
      break;
    case "move": {
      const from = pathOf(operation, "from", "move");
      const value = read(root, from, "move");
      remove(root, from, "move");
      add(root, pathOf(operation, "path", "move"), value, "move");
      break;
    }
    case "copy": {
      const value = clone(read(root, pathOf(operation, "from", "copy"), "copy"));
      add(root, pathOf(operation, "path", "copy"), value, "copy");
      break;
    }
    default:
      throw new PatchError(422, `Unexpected kind: ${String(operation["op"] ?? "unknown")}`);
  }
}

function pathOf(operation: JsonObject, field: "path" | "from", op: string): string {
  const path = operation[field];
  if (typeof path === "string") return path;
  const missing = field === "path" ? "operation missing path field" : "operation, missing from field";
  throw new PatchError(422, `${op} operation failed to decode ${field}: ${missing}: missing value`);
}

function placeOf(root: Root, path: string, doesNotApply: string): Place {
  const place = findPlace(root.document, path);
  if (place === undefined) throw new PatchError(422, `${doesNotApply}: missing value`);
  return place;
}

function add(root: Root, path: string, value: unknown, op: "add" | "move" | "copy"): void {
  const missing =
    op === "add"
      ? `add operation does not apply: doc is missing path: "${path}"`
      : `${op} operation does not apply: doc is missing destination path: ${path}`;
  const { container, key } = placeOf(root, path, missing);
  if (!isArray(container)) {
    setField(container, key, value);
    return;
  }
  if (key === "-") {
    container.push(value);
    return;
  }
  const index = listIndex(key, container.length + 1);
  if (index === undefined) throw badIndex(`error in ${op} for path: '${path}'`, key);
  container.splice(index, 0, value);
}

function remove(root: Root, path: string, op: "remove" | "move"): void {
  const { container, key } = placeOf(root, path, `${op} operation does not apply: doc is missing path: "${path}"`);
  if (isArray(container)) {
    const index = listIndex(key, container.length);
    if (index === undefined) throw badIndex(`error in ${op} for path: '${path}'`, key);
    container.splice(index, 1);
  } else {
    if (!Object.hasOwn(container, key)) {
      throw new PatchError(
        422,
        `error in ${op} for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`,
      );
    }
    delete container[key];
  }
}

function replace(root: Root, path: string, value: unknown): void {
  if (path === "") {
    root.document = value;
    return;
  }
  const { container, key } = placeOf(root, path, `replace operation does not apply: doc is missing path: ${path}`);
  if (!isArray(container)) {
    setField(container, key, value);
    return;
  }
  const index = listIndex(key, container.length);
  if (index === undefined) {
    throw new PatchError(422, `replace operation does not apply: doc is missing key: ${path}: missing value`);
  }
  container[index] = value;
}

function testValue(root: Root, path: string, wanted: unknown): void {
  const found =
    path === "" ? root.document : valueAt(root, path, `test operation does not apply: is missing path: ${path}`);
  if (!equal(found ?? null, wanted ?? null)) {
    throw new PatchError(422, `testing value ${path} failed: test failed`);
  }
}

function read(root: Root, from: string, op: "move" | "copy"): unknown {
  const value = valueAt(root, from, `${op} operation does not apply: doc is missing from path: ${from}`);
  if (value === undefined && op === "copy") {
    throw new PatchError(422, `error in copy for from: '${from}': missing value`);
  }
  return value;
}

function valueAt(root: Root, path: string, doesNotApply: string): unknown {
  const { container, key } = placeOf(root, path, doesNotApply);
  if (!isArray(container)) return getField(container, key);
  const index = listIndex(key, container.length);
  if (index === undefined) throw badIndex(`error for path: '${path}'`, key);
  return container[index];
}

function badIndex(where: string, key: string): PatchError {
  const why = /^[+-]?\d+$/.test(key)
    ? `Unable to access invalid index: ${Number(key)}: invalid index referenced`
    : `value was not a proper array index: '${key}': strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
  return new PatchError(422, `${where}: ${why}`);
}
