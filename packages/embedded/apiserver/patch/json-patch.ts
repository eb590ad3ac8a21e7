/** RFC 6902. Returns a new document; the given one is not changed. Throws PatchError. */
export function applyJsonPatch(_document: unknown, _patch: unknown): unknown {
  throw new Error("not implemented");
}
