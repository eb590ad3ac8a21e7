/** What a backup Job reads in `pgbackrest info --output=json`, asked on the repository host. */

export interface Repository {
  /** The backup with this Job's name is there, whole. */
  readonly hasBackup: boolean;
  /** It is there, and no damaged pages were found in it. */
  readonly isSound: boolean;
  /** A backup runs on the host, this one or another. */
  readonly busy: boolean;
  /** At least one segment has been archived. */
  readonly archived: boolean;
}

interface Stanza {
  readonly status?: { readonly lock?: { readonly backup?: { readonly held?: boolean } } };
  readonly archive?: readonly { readonly max?: string | null }[];
  readonly backup?: readonly {
    readonly annotation?: Readonly<Record<string, string>> | null;
    readonly error?: boolean;
  }[];
}

/** Undefined when the text is not understood. */
export function readRepository(json: string, jobName: string): Repository | undefined {
  let stanza: Stanza | undefined;
  try {
    stanza = (JSON.parse(json) as Stanza[])[0];
  } catch {
    return undefined;
  }
  if (stanza === undefined) return undefined;
  const own = stanza.backup?.find((b) => b.annotation?.["percona.com/backup-job-name"] === jobName);
  return {
    hasBackup: own !== undefined,
    isSound: own !== undefined && own.error !== true,
    busy: stanza.status?.lock?.backup?.held === true,
    archived: (stanza.archive ?? []).some((a) => (a.max ?? "") !== ""),
  };
}
