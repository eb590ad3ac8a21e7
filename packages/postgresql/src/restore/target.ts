/** The options of a restore: which are allowed, and to which point they lead. Pure. */

export interface RestoreTarget {
  /** What decides the point: the end of the archive, a backup's own end, or something that is looked for in the log. */
  readonly type: "default" | "immediate" | "time" | "xid" | "lsn" | "name";
  /** As the user wrote it. */
  readonly target?: string;
  /** For a time: milliseconds since 1970. */
  readonly time?: number;
  /** Label of the backup to begin with. */
  readonly set?: string;
  /** `latest`, `current` or a number; the latest when left out. */
  readonly timeline?: string;
}

export type ParsedOptions =
  | { readonly target: RestoreTarget; readonly options: readonly string[] }
  | { readonly problem: string };

const TYPES = new Set(["default", "immediate", "time", "xid", "lsn", "name"]);

/** Options that people need for a restore. Everything else is refused: it could lead the restore out of the volume. */
const ALLOWED = new Set([
  "type",
  "target",
  "target-timeline",
  "target-exclusive",
  "set",
  "db-include",
  "db-exclude",
  "process-max",
  "log-level-console",
]);

/** Seconds, with or without a fraction, and a zone; a time without zone counts as UTC. */
const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,6})?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/;

/** Milliseconds since 1970 (fractions of a millisecond are cut), or undefined. */
export function parseTime(text: string): number | undefined {
  const match = TIME.exec(text.trim());
  if (match === null) return undefined;
  const [, date = "", clock = "", fraction = "", zone = "Z"] = match;
  const offset =
    zone === "Z"
      ? "Z"
      : zone.length === 3
        ? `${zone}:00`
        : zone.includes(":")
          ? zone
          : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const time = Date.parse(`${date}T${clock}${fraction.slice(0, 4)}${offset}`);
  return Number.isNaN(time) ? undefined : time;
}

/** The form that PostgreSQL takes, always in UTC. */
export function postgresTime(text: string): string {
  const match = TIME.exec(text.trim());
  const time = parseTime(text);
  if (match === null || time === undefined) return text;
  const micros = (match[3] ?? "").slice(1).padEnd(6, "0");
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")}.${micros}+00`;
}

/** Takes the options apart. `--type time`, with a blank, is understood as well. */
export function parseOptions(given: readonly string[]): ParsedOptions {
  const options = new Map<string, string>();
  const words = given.flatMap((option) =>
    /^--[a-z-]+\s+\S/.test(option.trim()) && !option.includes("=")
      ? option
          .trim()
          .split(/\s+(.*)/s)
          .slice(0, 2)
      : [option.trim()],
  );
  const rest: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const match = /^--([a-z-]+)(?:=(.*))?$/s.exec(word);
    if (match === null) return { problem: `"${word}" is not an option. Write --name=value.` };
    const name = match[1] ?? "";
    if (name === "archive-mode")
      return {
        problem: "--archive-mode is not allowed here: without its archive the cluster could not be restored again.",
      };
    if (!ALLOWED.has(name))
      return { problem: `--${name} is not allowed here. Allowed are ${[...ALLOWED].map((o) => `--${o}`).join(", ")}.` };
    let value = match[2];
    if (value === undefined && words[i + 1] !== undefined && !(words[i + 1] ?? "").startsWith("--")) value = words[++i];
    value = value?.replace(/^(["'])(.*)\1$/s, "$2");
    if (name === "target-timeline") options.set(name, value ?? "");
    if (name === "type" || name === "target" || name === "set") options.set(name, value ?? "");
    else rest.push(value === undefined ? `--${name}` : `--${name}=${value}`);
  }
  return assemble(options, rest);
}

/** Forms that PostgreSQL or pgBackRest would refuse only after the cluster has been stopped. */
function wrongForm(
  type: string,
  target: string,
  { set, timeline }: { readonly set: string | undefined; readonly timeline: string | undefined },
): string | undefined {
  if (type === "xid" && !/^\d{1,20}$/.test(target))
    return `--target=${target} is not a transaction number such as 1234.`;
  if (type === "lsn" && !/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/i.test(target))
    return `--target=${target} is not a position in the write-ahead log such as 0/5000028.`;
  if (type === "name" && Buffer.byteLength(target) > 63)
    return "--target is longer than the name of a restore point can be, 63 bytes.";
  if (timeline !== undefined && !/^([1-9]\d{0,9}|latest|current)$/.test(timeline))
    return `--target-timeline=${timeline} is not a timeline. Give its number, latest or current.`;
  if (set !== undefined && !/^(latest|\d{8}-\d{6}F(_\d{8}-\d{6}[DI])?)$/.test(set))
    return `--set=${set} is not the name of a backup such as 20261121-011502F; status.backupName of a PerconaPGBackup is.`;
  return undefined;
}

function assemble(options: ReadonlyMap<string, string>, rest: readonly string[]): ParsedOptions {
  const type = options.get("type") ?? (options.has("target") ? "time" : "default");
  const target = options.get("target");
  const set = options.get("set");
  if (!TYPES.has(type)) return { problem: `--type=${type} is unknown. Choose one of ${[...TYPES].join(", ")}.` };
  const needsTarget = type !== "default" && type !== "immediate";
  if (needsTarget && (target === undefined || target === "")) return { problem: `--type=${type} needs a --target.` };
  if (!needsTarget && target !== undefined) return { problem: `--type=${type} takes no --target.` };
  const timeline = options.get("target-timeline");
  const wrong = wrongForm(type, target ?? "", { set, timeline });
  if (wrong !== undefined) return { problem: wrong };
  const time = type === "time" ? parseTime(target ?? "") : undefined;
  if (type === "time" && time === undefined)
    return { problem: `--target=${target} is not a time such as "2026-11-21 08:30:00.123456+00".` };
  const text = type === "time" ? postgresTime(target ?? "") : target;
  return {
    target: {
      type: type as RestoreTarget["type"],
      ...(text === undefined ? {} : { target: text }),
      ...(time === undefined ? {} : { time }),
      ...(set === undefined ? {} : { set }),
      ...(timeline === undefined ? {} : { timeline }),
    },
    options: [
      ...(type === "default" ? [] : [`--type=${type}`]),
      ...(text === undefined ? [] : [`--target=${text}`]),
      ...(type === "default" ? [] : ["--target-action=promote"]),
      ...(set === undefined ? [] : [`--set=${set}`]),
      ...rest,
    ],
  };
}
