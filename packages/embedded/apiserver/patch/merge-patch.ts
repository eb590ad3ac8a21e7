/** RFC 7386. Returns a new document; the given one is not changed. */
export function applyMergePatch(_document: unknown, _patch: unknown): unknown {
  throw new Error("not implemented");
}
