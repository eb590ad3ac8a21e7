import { clone, isObject, type JsonObject, setField } from "../schema/json.ts";
import { withoutNulls } from "./without-nulls.ts";

/** RFC 7386. Returns a new document; the given one is not changed. */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return clone(patch);
  if (!isObject(document)) return withoutNulls(patch);
  const merged: JsonObject = {};
  for (const field of Object.keys(document)) {
    if (!Object.hasOwn(patch, field)) setField(merged, field, clone(document[field]));
    else if (patch[field] !== null) setField(merged, field, mergeField(document[field], patch[field]));
  }
  for (const field of Object.keys(patch)) {
    if (!Object.hasOwn(document, field) && patch[field] !== null) setField(merged, field, withoutNulls(patch[field]));
  }
  return merged;
}

function mergeField(current: unknown, patch: unknown): unknown {
  return isObject(current) ? applyMergePatch(current, patch) : withoutNulls(patch);
}
