import { isArray, isObject } from "../schema/json.ts";

/** A JSON value as Go's `%v` prints it, which some of kube-apiserver's messages contain: `map[a:1 b:[x y]]`. */
export function goPrint(value: unknown): string {
  if (isArray(value)) return `[${value.map(goPrint).join(" ")}]`;
  if (!isObject(value)) return value === null || value === undefined ? "<nil>" : String(value);
  const fields = Object.keys(value).sort();
  return `map[${fields.map((name) => `${name}:${goPrint(value[name])}`).join(" ")}]`;
}
