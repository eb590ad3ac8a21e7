/** Typing moments: local time in a field, RFC 3339 on the wire. Pure. */

/** The value of a datetime-local field for a moment, with seconds, in the reader's zone. */
export function fieldText(ms: number): string {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return at.toISOString().slice(0, 19);
}

/** The moment that a datetime-local field means; undefined while it is incomplete. */
export function fieldMoment(text: string): number | undefined {
  const ms = new Date(text).getTime();
  return Number.isNaN(ms) ? undefined : ms;
}
