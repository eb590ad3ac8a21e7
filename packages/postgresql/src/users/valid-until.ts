/** Until when a role is valid, as far as that can be judged without the server. Pure. */

/** Source: the manual of PostgreSQL, "Special Values" of date and time. */
const SPECIAL = /^\s*([+-]?infinity|epoch|now|today|tomorrow|yesterday)\b/i;

/** A year that comes first is followed by the month and the day, whatever the server's DateStyle. */
const ISO_DATE = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)/;

/** What is wrong with it; undefined when nothing can be said against it here. */
export function validUntilProblem(text: string): string | undefined {
  if (SPECIAL.test(text)) return undefined;
  if (!/\d/.test(text)) return "is not a time; write it as '2030-12-31', or 'infinity'";
  const [, year, month, day] = ISO_DATE.exec(text) ?? [];
  if (year === undefined) return undefined;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const isThere = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return isThere ? undefined : "is not a day that there is";
}
