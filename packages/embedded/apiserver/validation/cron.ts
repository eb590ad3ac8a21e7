/** The syntax of a CronJob's schedule. */

const shortcuts = new Set(["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]);
const names: Readonly<Record<number, readonly string[]>> = {
  3: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  4: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};
const ranges: readonly (readonly [number, number])[] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
];

/** What is wrong with a schedule, or undefined. */
export function cronProblem(schedule: string): string | undefined {
  if (schedule.startsWith("@every ")) return undefined;
  if (schedule.startsWith("@")) return shortcuts.has(schedule) ? undefined : `unrecognized descriptor: ${schedule}`;
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`;
  for (const [i, field] of fields.entries()) {
    const problem = fieldProblem(field, i);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function fieldProblem(field: string, position: number): string | undefined {
  const [min, max] = ranges[position] ?? [0, 0];
  for (const part of field.split(",")) {
    const [range = "", step] = part.split("/");
    if (step !== undefined && !/^[1-9]\d*$/.test(step))
      return `failed to parse int from ${step}: strconv.Atoi: parsing "${step}": invalid syntax`;
    if (range === "*" || range === "?") continue;
    for (const end of range.split("-")) {
      const named = names[position]?.indexOf(end.toLowerCase()) ?? -1;
      if (named >= 0) continue;
      if (!/^\d+$/.test(end)) return `failed to parse int from ${end}: strconv.Atoi: parsing "${end}": invalid syntax`;
      const value = Number(end);
      if (value < min) return `beginning of range (${value}) below minimum (${min}): ${range}`;
      if (value > max) return `end of range (${value}) above maximum (${max}): ${range}`;
    }
  }
  return undefined;
}
