/** A hash of a pod template: pods that carry another one have to be made anew. */
import { createHash } from "node:crypto";
import type { PodTemplateSpec } from "@keelson/kube";

/** JSON with sorted keys, so that equal templates give equal text. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value as Record<string, unknown>).filter(([, v]) => v !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, canonical(v)]));
}

export const hashOf = (value: unknown): string =>
  createHash("sha256")
    .update(JSON.stringify(canonical(value)))
    .digest("hex")
    .slice(0, 16);

export const templateHash = (template: PodTemplateSpec): string => hashOf(template);
