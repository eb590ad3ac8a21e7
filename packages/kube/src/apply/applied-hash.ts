/** A fingerprint of what was applied, kept on the object itself. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../canonical-json.ts";
import type { KubeObject } from "../kind.ts";

/** The annotation that carries the fingerprint. */
export const appliedHashAnnotation = "keelson.dev/applied-hash";

/** Same content, same hash, whatever the order of fields. */
export function appliedHash(object: KubeObject): string {
  return createHash("sha256").update(canonicalJson(object)).digest("base64url").slice(0, 22);
}
