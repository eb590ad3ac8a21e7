/** The usual cron lines in words. Pure. */

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** "0 1 * * 0" -> "on Sundays at 01:00 UTC"; lines that are not usual stay as they are. */
export function cronWords(cron: string): string {
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = cron.split(" ");
  if (day !== "*" || month !== "*") return `(${cron})`;
  const when = weekdayWords(weekday);
  if (when === undefined) return `(${cron})`;
  const every = /^\*\/(\d+)$/.exec(hour)?.[1];
  if (every !== undefined && /^\d+$/.test(minute))
    return `every ${every} hours${when === "every day" ? "" : ` ${when}`}`;
  if (!/^\d+$/.test(minute) || !/^\d+(,\d+)*$/.test(hour)) return `(${cron})`;
  const times = hour.split(",").map((one) => `${one.padStart(2, "0")}:${minute.padStart(2, "0")}`);
  return `${when} at ${times.join(", ")} UTC`;
}

function weekdayWords(field: string): string | undefined {
  if (field === "*") return "every day";
  const range = /^([0-7])-([0-7])$/.exec(field);
  if (range !== null) return `${days[Number(range[1])]} to ${days[Number(range[2])]}`;
  if (!/^[0-7](,[0-7])*$/.test(field)) return undefined;
  return `on ${field
    .split(",")
    .map((one) => `${days[Number(one)]}s`)
    .join(", ")}`;
}
