/**
 * The backup that a restore begins with. pgBackRest takes the newest one, or the newest before a time. After a restore to an earlier point that can
 * be a backup of the times left behind: today's timeline does not go through it, so neither a restore nor the way back from one would succeed.
 */

/** Gives what a command of pgBackRest prints; rejects when it fails. */
export type Ask = (args: readonly string[]) => Promise<string>;

interface Database {
  readonly id?: number;
}

interface Backup {
  readonly label: string;
  /** Damaged pages were found. */
  readonly error?: boolean;
  readonly archive?: { readonly start?: string };
  readonly lsn?: { readonly stop?: string };
  readonly timestamp?: { readonly stop?: number };
  readonly database?: Database;
}

interface Stanza {
  readonly archive?: readonly { readonly id?: string; readonly database?: Database }[];
  readonly backup?: readonly Backup[];
}

/** The value of an option, which is there as `--name=value`. */
export const optionOf = (options: readonly string[], name: string): string | undefined =>
  options.find((option) => option.startsWith(`--${name}=`))?.slice(name.length + 3);

/**
 * Label of the newest backup without damage that the wanted timeline goes through, and that ended before the wanted point. Undefined when the options name
 * one, or when there is none: then pgBackRest has the word.
 */
export async function chooseBackup(options: readonly string[], ask: Ask): Promise<string | undefined> {
  const line = optionOf(options, "target-timeline") ?? "latest";
  if (optionOf(options, "set") !== undefined || line === "current") return undefined;
  const repo = `--repo=${optionOf(options, "repo") ?? 1}`;
  const [stanza] = JSON.parse(await ask(["info", repo, "--output=json"])) as Stanza[];
  const archive = stanza?.archive?.at(-1);
  if (archive === undefined) return undefined;
  const place = `archive/db/${archive.id}`;
  const timeline =
    line === "latest" ? newestTimeline(await ask(["repo-ls", repo, "--output=json", place])) : Number(line);
  const history = timeline === 1 ? "" : await ask(["repo-get", repo, `${place}/${historyFile(timeline)}`]);
  const left = forks(history);
  return stanza?.backup?.findLast((backup) => {
    if (backup.error === true || backup.database?.id !== archive.database?.id) return false;
    if (!isBeforeTarget(backup, options)) return false;
    const own = Number.parseInt((backup.archive?.start ?? "").slice(0, 8), 16);
    const end = left.get(own);
    return own === timeline || (end !== undefined && positionOf(backup.lsn?.stop) <= end);
  })?.label;
}

/** The newest timeline in what `repo-ls` tells of an archive; the first one has no history file. */
const newestTimeline = (files: string): number =>
  Math.max(
    1,
    ...Object.keys(JSON.parse(files) as object)
      .filter((name) => /^[0-9A-F]{8}\.history$/.test(name))
      .map((name) => Number.parseInt(name, 16)),
  );

const historyFile = (timeline: number): string => `${timeline.toString(16).toUpperCase().padStart(8, "0")}.history`;

/** A position such as `0/5000028` as a number. */
function positionOf(text = "0/0"): bigint {
  const [high = "0", low = "0"] = text.split("/");
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/** Where each earlier timeline was left on the way to this one. */
const forks = (history: string): Map<number, bigint> =>
  new Map(
    history.split("\n").flatMap((line): [number, bigint][] => {
      const match = /^(\d+)\s+([0-9A-F]+\/[0-9A-F]+)\s/i.exec(line.trim());
      return match === null ? [] : [[Number(match[1]), positionOf(match[2])]];
    }),
  );

/** pgBackRest compares times in whole seconds, and so do we. */
function isBeforeTarget(backup: Backup, options: readonly string[]): boolean {
  const target = optionOf(options, "target") ?? "";
  switch (optionOf(options, "type")) {
    case "time":
      return (backup.timestamp?.stop ?? 0) < Math.floor(Date.parse(target.replace(/\+00$/, "Z")) / 1_000);
    case "lsn":
      return positionOf(backup.lsn?.stop) <= positionOf(target);
    default:
      return true;
  }
}
