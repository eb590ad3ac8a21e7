/** RFC 3339 with whole seconds, as metav1.Time is written: `2026-11-21T08:00:00Z`. Undefined when the text is not a time. */
export function normalizeTime(_text: string): string | undefined {
  throw new Error("not implemented");
}

/** RFC 3339 with six digits, as metav1.MicroTime is written: `2026-11-21T08:00:00.000000Z`. */
export function normalizeMicroTime(_text: string): string | undefined {
  throw new Error("not implemented");
}
