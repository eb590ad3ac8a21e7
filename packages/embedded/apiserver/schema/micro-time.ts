/** RFC 3339 times as the API server prints them: in UTC, with whole seconds or with six digits behind the point. */

/** RFC 3339 with whole seconds, as metav1.Time is written: `2026-11-21T08:00:00Z`. Undefined when the text is not a time. */
export function normalizeTime(text: string): string | undefined {
  const parsed = parse(text);
  return parsed === undefined ? undefined : `${parsed.seconds}Z`;
}

/** RFC 3339 with six digits, as metav1.MicroTime is written: `2026-11-21T08:00:00.000000Z`. */
export function normalizeMicroTime(text: string): string | undefined {
  const parsed = parse(text);
  return parsed === undefined ? undefined : `${parsed.seconds}.${parsed.micros}Z`;
}

function parse(text: string): { readonly seconds: string; readonly micros: string } | undefined {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})$/.exec(text);
  if (match === null) return undefined;
  const [, seconds = "", fraction = "", zone = ""] = match;
  const date = new Date(seconds + zone);
  if (Number.isNaN(date.getTime())) return undefined;
  return { seconds: date.toISOString().slice(0, 19), micros: fraction.slice(0, 6).padEnd(6, "0") };
}
