import { clone, isArray, isObject, type JsonObject, setField } from "../schema/json.ts";

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

/** Fields set to null name nothing to delete here. In objects inside lists they go too, as kube-apiserver does it. */
function withoutNulls(value: unknown): unknown {
  if (isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const field of Object.keys(value)) {
    if (value[field] !== null) setField(kept, field, withoutNulls(value[field]));
  }
  return kept;
}
