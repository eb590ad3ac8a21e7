import { getPath, isObject, type JsonObject } from "../../schema/json.ts";
import { compare } from "./compare.ts";
import { FieldSet } from "./field-set.ts";
import type { TypeView } from "./type-view.ts";
import { fieldSetOf, typeErrors } from "./typed.ts";

const annotation = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * What `kubectl apply` without --server-side set, by its annotation, and nobody has changed since: there kubectl's own
 * server-side apply takes over from itself without a conflict.
 */
export function lastAppliedFields(live: JsonObject, view: TypeView): FieldSet {
  const text = getPath(live, "metadata", "annotations", annotation);
  if (typeof text !== "string" || text === "") return new FieldSet();
  let last: unknown;
  try {
    last = JSON.parse(text);
  } catch {
    return new FieldSet();
  }
  if (!isObject(last) || last["apiVersion"] !== live["apiVersion"] || typeErrors(last, view).length > 0)
    return new FieldSet();
  const { added, modified, removed } = compare(last, live, view);
  return fieldSetOf(last, view).difference(modified).difference(added).difference(removed);
}

/** kubectl's annotation kept in step with what kubectl applied on the server, when the object has one. */
export function withLastApplied(object: JsonObject, applied: JsonObject): JsonObject {
  const annotations = getPath(object, "metadata", "annotations");
  if (!isObject(annotations) || !annotations[annotation]) return object;
  const { [annotation]: _, ...own } = (getPath(applied, "metadata", "annotations") ?? {}) as JsonObject;
  const metadata = { ...(isObject(applied["metadata"]) ? applied["metadata"] : {}), annotations: own };
  if (Object.keys(own).length === 0) delete (metadata as JsonObject)["annotations"];
  const text = `${JSON.stringify({ ...applied, metadata })}\n`;
  return {
    ...object,
    metadata: { ...(object["metadata"] as JsonObject), annotations: { ...annotations, [annotation]: text } },
  };
}
