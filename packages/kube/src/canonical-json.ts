/** One text for one value. */

/** JSON with fields in one order and without undefined ones: equal values give equal text, whatever the order of their fields. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(ordered(value)) ?? "null";
}

function ordered(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(ordered);
  // Without a prototype `__proto__` is a field as any other.
  const copy: Record<string, unknown> = Object.create(null);
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(fields).sort()) copy[name] = ordered(fields[name]);
  return copy;
}
