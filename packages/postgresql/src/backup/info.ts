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
  readonly failed: boolean;
}

interface RawBackup {
  readonly label?: string;
  readonly type?: "full" | "diff" | "incr";
  readonly error?: boolean;
  readonly annotation?: Record<string, string>;
  readonly database?: { readonly "repo-key"?: number };
  readonly info?: { readonly repository?: { readonly delta?: number; readonly size?: number } };
  readonly timestamp?: { readonly start?: number; readonly stop?: number };
}

/** Backups of the stanza, oldest first. Empty when the text is not understood. */
export function parseInfo(json: string, stanza: string): BackupInfo[] {
  let stanzas: { readonly name?: string; readonly backup?: readonly RawBackup[] }[];
  try {
    stanzas = JSON.parse(json) as typeof stanzas;
  } catch {
    return [];
  }
  const found = Array.isArray(stanzas) ? stanzas.find((s) => s.name === stanza) : undefined;
  return (found?.backup ?? []).map((b) => ({
    label: b.label ?? "",
    type: b.type ?? "full",
    repo: b.database?.["repo-key"] ?? 1,
    repositoryBytes: b.info?.repository?.delta ?? 0,
    startedAt: b.timestamp?.start ?? 0,
    endedAt: b.timestamp?.stop ?? 0,
    annotations: b.annotation ?? {},
    failed: b.error ?? false,
  }));
}

export const TYPE_WORDS = { full: "full", diff: "differential", incr: "incremental" } as const;

/** `2026-11-21 08:30:00.123456 UTC`, as PostgreSQL prints it, in the contract's form. Undefined when it is no time. */
export function restorableTime(commit: string | undefined): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) (?:UTC|GMT|\+00)$/.exec(commit?.trim() ?? "");
  if (match?.[1] === undefined) return undefined;
  const [whole = "", fraction = ""] = match[1].split(".");
  return `${whole}.${fraction.padEnd(6, "0")}+0000`;
}
