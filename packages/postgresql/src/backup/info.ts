/** What `pgbackrest info --output=json` tells about the repositories. Parsing only. */

export interface BackupInfo {
  readonly label: string;
  readonly type: "full" | "diff" | "incr";
  readonly repo: number;
  /** Bytes that this backup added to the repository. */
  readonly repositoryBytes: number;
  /** Seconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly annotations: Readonly<Record<string, string>>;
  /** Pages with a wrong checksum were found in the data. */
  readonly faulty: boolean;
  /** Positions in the write-ahead log, such as `0/5000028`: a restore of this backup reaches back to the second one. */
  readonly startLsn?: string;
  readonly stopLsn?: string;
}

/** The archive of one repository. */
export interface ArchiveInfo {
  readonly repo: number;
  /** Its folder, such as `17-1`. */
  readonly id: string;
  /** Name of the last segment. */
  readonly last?: string;
}

interface RawBackup {
  readonly label?: string;
  readonly type?: "full" | "diff" | "incr";
  readonly error?: boolean;
  readonly annotation?: Record<string, string> | null;
  readonly lsn?: { readonly start?: string; readonly stop?: string };
  readonly database?: { readonly "repo-key"?: number };
  readonly info?: { readonly repository?: { readonly delta?: number; readonly size?: number } };
  readonly timestamp?: { readonly start?: number; readonly stop?: number };
}

interface RawArchive {
  readonly id?: string;
  readonly max?: string | null;
  readonly database?: { readonly "repo-key"?: number };
}

interface RawStanza {
  readonly name?: string;
  readonly backup?: readonly RawBackup[];
  readonly archive?: readonly RawArchive[];
}

function find(json: string, stanza: string): RawStanza | undefined {
  try {
    const stanzas = JSON.parse(json) as RawStanza[];
    return Array.isArray(stanzas) ? stanzas.find((s) => s.name === stanza) : undefined;
  } catch {
    return undefined;
  }
}

/** Backups of the stanza, oldest first. Empty when the text is not understood. */
export function parseInfo(json: string, stanza: string): BackupInfo[] {
  return (find(json, stanza)?.backup ?? []).map((b) => ({
    label: b.label ?? "",
    type: b.type ?? "full",
    repo: b.database?.["repo-key"] ?? 1,
    repositoryBytes: b.info?.repository?.delta ?? 0,
    startedAt: b.timestamp?.start ?? 0,
    endedAt: b.timestamp?.stop ?? 0,
    annotations: b.annotation ?? {},
    faulty: b.error ?? false,
    ...(b.lsn?.start === undefined ? {} : { startLsn: b.lsn.start }),
    ...(b.lsn?.stop === undefined ? {} : { stopLsn: b.lsn.stop }),
  }));
}

/** The newest archive of each repository. */
export function parseArchives(json: string, stanza: string): ArchiveInfo[] {
  const byRepo = new Map<number, ArchiveInfo>();
  for (const { id = "", max, database } of find(json, stanza)?.archive ?? []) {
    const repo = database?.["repo-key"] ?? 1;
    byRepo.set(repo, { repo, id, ...(max === undefined || max === null ? {} : { last: max }) });
  }
  return [...byRepo.values()];
}

export const TYPE_WORDS = { full: "full", diff: "differential", incr: "incremental" } as const;

/** `2026-11-21 08:30:00.123456 UTC`, as PostgreSQL prints it, in the contract's form. Undefined when it is no time. */
export function restorableTime(commit: string | undefined): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) (?:UTC|GMT|\+00)$/.exec(commit?.trim() ?? "");
  if (match?.[1] === undefined) return undefined;
  const [whole = "", fraction = ""] = match[1].split(".");
  return `${whole}.${fraction.padEnd(6, "0")}+0000`;
}
