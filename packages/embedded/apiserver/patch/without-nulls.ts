import { isArray, isObject, type JsonObject, setField } from "../schema/json.ts";

/** What a patch brings that is new: fields set to null delete nothing there and go, in objects inside lists too, as kube-apiserver does it. */
export function withoutNulls(value: unknown): unknown {
  if (isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const field of Object.keys(value)) {
    if (value[field] !== null) setField(kept, field, withoutNulls(value[field]));
  }
  return kept;
}
