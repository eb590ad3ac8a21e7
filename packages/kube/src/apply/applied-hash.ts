/** A fingerprint of what was applied, kept on the object itself. */
import { createHash } from "node:crypto";
import type { KubeObject } from "../kind.ts";

export const appliedHashAnnotation = "keelson.dev/applied-hash";

/** Same content, same hash, whatever the order of fields. */
export function appliedHash(object: KubeObject): string {
  return createHash("sha256").update(canonical(object)).digest("base64url").slice(0, 22);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`);
  return `{${fields.join(",")}}`;
}
