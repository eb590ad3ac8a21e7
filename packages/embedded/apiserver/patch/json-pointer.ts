/** A container that a JSON pointer names a place in: an object's field or a list's index. */
import { getField, isArray, isObject, type JsonObject } from "../schema/json.ts";

export interface Place {
  readonly container: JsonObject | unknown[];
  /** The last step, unescaped: a field, a list index or `-`. */
  readonly key: string;
}

/** Walks to the container of the last step. Undefined when a step on the way is missing or has nothing below it. */
export function findPlace(root: unknown, pointer: string): Place | undefined {
  const steps = pointer.split("/").slice(1).map(unescapeStep);
  const key = steps.pop();
  if (key === undefined) return undefined;
  let current = root;
  for (const step of steps) {
    if (isArray(current)) {
      const index = listIndex(step, current.length);
      current = index === undefined ? undefined : current[index];
    } else {
      current = isObject(current) ? getField(current, step) : undefined;
    }
  }
  return isArray(current) || isObject(current) ? { container: current, key } : undefined;
}

/** The index that a step names in a list of this length, counting from the end when negative (as Kubernetes allows). */
export function listIndex(step: string, length: number): number | undefined {
  if (!/^[+-]?\d+$/.test(step)) return undefined;
  const index = Number(step);
  const fromStart = index < 0 ? index + length : index;
  return fromStart >= 0 && fromStart < length ? fromStart : undefined;
}

function unescapeStep(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
