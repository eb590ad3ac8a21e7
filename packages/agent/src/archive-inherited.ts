/**
 * Log from before a primary's reign. Whoever led before may have been lost, or cut off from the repository, with finished segments that it had
 * not archived. Its successor has them by replication, marked as archived: PostgreSQL leaves them to the one that wrote them. A hole in the archive
 * would stay, which no restore gets past. Marked as waiting, PostgreSQL keeps them and archives them as if they were its own.
 */
import { existsSync, readdirSync } from "node:fs";
import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { askPgbackrest, patience } from "./ask-pgbackrest.ts";
import type { Environment } from "./environment.ts";
import { isBeforeFork, newestHistory, timelineOf } from "./left-behind.ts";
import { errorText, log } from "./log.ts";
import { serverOf, takesWrites } from "./server.ts";

const CONFIGURATION = "/etc/pgbackrest/conf.d";
const POLL_MS = 200;
/** PostgreSQL calls itself a primary a moment before the new timeline's history is there. The second look is for one that was late. */
const LOOKS_MS = [500, 30_000];
/** pgBackRest mostly says within half a second what the archive has; where all is busy it has taken more than one. */
const PATIENCE_MS = 3_000;
/** Timeline, and twice eight digits of the position. */
const SEGMENT_NAME = 24;

const isHistory = (name: string): boolean => name.endsWith(".history");

type Ask = (args: readonly string[]) => Promise<string>;

/** What is read of `pgbackrest info --output=json`. */
interface Stanza {
  readonly repo?: readonly { readonly key: number }[];
  readonly archive?: readonly Archive[];
}

interface Archive {
  readonly id: string;
  /** The oldest segment in it. */
  readonly min?: string | null;
  readonly database: { readonly id: number; readonly "repo-key": number };
}

/** Names of the files in a `pg_wal` that the history of its newest timeline has from before it; none while no timeline was ever left. */
export async function inherited(wal: string): Promise<string[]> {
  const names = await readdir(wal);
  const newest = newestHistory(names);
  if (newest === undefined) return [];
  const own = names.find((name) => name.length === SEGMENT_NAME && name.startsWith(newest.slice(0, 8)));
  if (own === undefined) return [];
  const timeline = timelineOf(newest, await readFile(join(wal, newest), "utf8"));
  // All segments of a server have one size.
  const { size } = await stat(join(wal, own));
  return names.filter((name) => isBeforeFork(name, timeline, size)).sort();
}

/**
 * Which of those files at least one repository lacks. Lists no more than the folders in which they would be. A history that another one has is
 * written anew there, and seems to have begun later: the worst is a restore that is refused. Where it lacks, one stops early without a word.
 */
export async function notArchived(names: readonly string[], ask: Ask): Promise<string[]> {
  const [stanza] = JSON.parse(await ask(["info", "--output=json"])) as Stanza[];
  const lacking = new Set<string>();
  for (const { key } of stanza?.repo ?? []) {
    // After a major upgrade there is an archive for each version.
    const archive = (stanza?.archive ?? [])
      .filter(({ database }) => database["repo-key"] === key)
      .reduce<Archive | undefined>(
        (last, next) => ((last?.database.id ?? 0) > next.database.id ? last : next),
        undefined,
      );
    const archived = archive === undefined ? new Set<string>() : await listed(key, archive.id, names, ask);
    for (const name of names) {
      // What is older than all that is there has expired, or was before the first backup.
      const isNeeded = isHistory(name) || name > (archive?.min ?? "");
      if (isNeeded && !archived.has(name)) lacking.add(name);
    }
  }
  return names.filter((name) => lacking.has(name));
}

/** What an archive has in the folders of these files. */
async function listed(repository: number, archive: string, names: readonly string[], ask: Ask): Promise<Set<string>> {
  const folders = new Set(names.map((name) => (isHistory(name) ? "" : `/${name.slice(0, 16)}`)));
  const files = new Set<string>();
  for (const folder of folders) {
    const path = `archive/db/${archive}${folder}`;
    const answer = await ask(["repo-ls", `--repo=${repository}`, "--output=json", path]);
    // A segment's name is followed by its checksum.
    for (const file of Object.keys(JSON.parse(answer) as object)) files.add(file.split("-", 1)[0] ?? "");
  }
  return files;
}

/**
 * Has PostgreSQL archive these files of its `pg_wal`, which it looks for once a minute and after each segment. A file that it removes meanwhile loses
 * its marks with it, and a mark that is left alone is thrown away.
 */
async function mark(wal: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const status = join(wal, "archive_status", name);
    await writeFile(`${status}.ready`, "", { flag: "a", mode: 0o600 });
    await rm(`${status}.done`, { force: true });
  }
}

/** Takes that back for files that need not be archived after all. */
async function unmark(wal: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const status = join(wal, "archive_status", name);
    await rename(`${status}.ready`, `${status}.done`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
}

/**
 * Marks what the archive lacks, and gives it. Until the archive has said what that is, all segments are marked: the first checkpoint of a reign
 * removes what is not, and pgBackRest passes over what is there.
 */
export async function archiveInherited(wal: string, ask: Ask, patienceMs = PATIENCE_MS): Promise<readonly string[]> {
  const names = await inherited(wal);
  if (names.length === 0) return names;
  const segments = names.filter((name) => !isHistory(name));
  const patience = new AbortController();
  const protecting = delay(patienceMs, undefined, { signal: patience.signal }).then(
    () => mark(wal, segments),
    () => {},
  );
  // Waited for below, which may be after it has failed.
  protecting.catch(() => {});
  const lacking = await notArchived(names, ask).catch(async (error: unknown) => {
    await protecting;
    throw error;
  });
  patience.abort();
  await protecting;
  await mark(wal, lacking);
  await unmark(
    wal,
    segments.filter((name) => !lacking.includes(name)),
  );
  return lacking;
}

/** Without backups the folder is there too, but empty. */
const hasRepository = (): boolean =>
  existsSync(CONFIGURATION) && readdirSync(CONFIGURATION).some((name) => name.endsWith(".conf"));

/** Does that in each reign of this instance. Gives what is to be told of each change of the lock's holder. */
export function keepArchiveWhole(env: Environment): (leader: string | undefined) => void {
  let reign = 0;
  const look = async (): Promise<void> => {
    const marked = await archiveInherited(join(env.dataDirectory, "pg_wal"), (args) =>
      askPgbackrest([...patience(10), ...args]),
    );
    if (marked.length > 0)
      log("info", "archives what the primary before had not", { files: marked.length, from: marked[0] });
  };
  const begin = async (own: number): Promise<void> => {
    while (own === reign && !takesWrites(serverOf(env.dataDirectory))) await delay(POLL_MS);
    for (const waitMs of LOOKS_MS) {
      await delay(waitMs);
      if (own !== reign) return;
      await look().catch((error: unknown) =>
        log("warn", "the archive does not say what it has: log from before this timeline is archived again", {
          err: errorText(error),
        }),
      );
    }
  };
  return (leader) => {
    reign++;
    if (leader === env.podName && hasRepository()) void begin(reign);
  };
}
