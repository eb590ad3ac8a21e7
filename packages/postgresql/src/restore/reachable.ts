/** Asks the repository whether a restore can lead where it is to lead, before anything stops. */
import { NotYet, OperatorError, sleep, TransientError } from "@keelson/kube";
import type { PerconaPGRestore } from "@keelson/resources";
import { parseArchives, parseInfo } from "../backup/info.ts";
import type { Trouble } from "../backup/job-progress.ts";
import type { ClusterDeps } from "../cluster/controller.ts";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { STANZA } from "../cluster/paths.ts";
import type { Problem } from "../reasons.ts";
import { problem } from "../reasons.ts";
import { runBackrest, runSql } from "../runtime/pods.ts";
import { abandoned, checkAbandoned, followedFiles, historyFileName, historyFiles } from "./abandoned.ts";
import { parseOptions, type RestoreTarget } from "./target.ts";
import { checkTarget } from "./window.ts";

/** How long the archive may need for the segment that closes the window. */
const SEAL_MS = 60_000;
const POLL_MS = 200;

/**
 * Why the target cannot be reached; undefined when nothing speaks against it. While the primary runs, a last commit is written and archived
 * first: it lies after any target up to now, so that recovery finds an end for it.
 */
export async function reachable(
  c: PgCluster,
  restore: PerconaPGRestore,
  primaryPod: string | undefined,
  deps: ClusterDeps,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const parsed = parseOptions(restore.spec.options ?? []);
  if ("problem" in parsed) return problem("InvalidOptions", "spec.options", parsed.problem);
  const latest = primaryPod === undefined ? undefined : deps.now();
  if (primaryPod !== undefined) await seal(c, primaryPod, deps, signal);
  const backrest = async (what: string, args: readonly string[]): Promise<string> => {
    const at = { client: deps.client, namespace: c.namespace, pod: names.repoHostPod(c), signal };
    const ran = await runBackrest(at, [`--stanza=${STANZA}`, ...args]);
    if (ran.exitCode === 0) return ran.stdout;
    throw new TransientError("InfoFailed", `pgbackrest ${what}: ${ran.stderr.trim().slice(0, 300)}`);
  };
  const info = await backrest("info", ["info", "--output=json"]);
  const repo = Number((restore.spec.repoName ?? "repo1").slice("repo".length));
  const archive = parseArchives(info, STANZA).find((a) => a.repo === repo);
  const backups = parseInfo(info, STANZA).filter((b) => b.repo === repo);
  const outside = checkTarget(parsed.target, backups, { repo, latest, lastSegment: archive?.last });
  if (outside !== undefined || archive === undefined) return outside;
  return await leftBehind(
    parsed.target,
    async (name) => {
      const place = `archive/${STANZA}/${archive.id}${name === undefined ? "" : `/${name}`}`;
      const command = name === undefined ? ["repo-ls", "--output=json"] : ["repo-get"];
      return await backrest(command[0] ?? "", [`--repo=${repo}`, ...command, place]);
    },
    backups,
  );
}

/** What a restore waits for that could not ask. */
export function unanswered(c: PgCluster, primaryPod: string | undefined, error: unknown): Trouble {
  const asked = [names.repoHostPod(c), ...(primaryPod === undefined ? [] : [primaryPod])].join(" and ");
  return {
    reason: error instanceof OperatorError ? error.reason : "CheckFailed",
    message: `Whether the target can be reached is not known yet: ${error instanceof Error ? error.message : String(error)}. Nothing has been stopped, and it is asked again; see whether ${asked} can be reached.`,
  };
}

/** @param read a file of the archive, or without a name what there is */
async function leftBehind(
  target: RestoreTarget,
  read: (name?: string) => Promise<string>,
  backups: Parameters<typeof abandoned>[2],
): Promise<Problem | undefined> {
  if (target.time === undefined) return undefined;
  const files = historyFiles(await read());
  const followed = followedFiles(target, files);
  const newest = followed.at(-1);
  if (newest === undefined) return undefined;
  const history = await read(historyFileName(newest.timeline));
  return checkAbandoned(target, abandoned(history, followed, backups), files);
}

/** Commits a transaction, closes the segment that it is in, and waits until that segment is in the archive. */
async function seal(c: PgCluster, pod: string, { client }: ClusterDeps, signal: AbortSignal): Promise<void> {
  const at = { client, namespace: c.namespace, pod, signal, timeoutMs: SEAL_MS };
  const commit =
    "SET synchronous_commit TO local;\nSELECT pg_catalog.pg_current_xact_id() IS NULL;\nSELECT pg_catalog.pg_walfile_name(pg_catalog.pg_switch_wal());\n";
  const segment = (await runSql(at, "postgres", commit)).trim().split("\n").at(-1) ?? "";
  const deadline = performance.now() + SEAL_MS;
  while (performance.now() < deadline) {
    const last = (await runSql(at, "postgres", "SELECT last_archived_wal FROM pg_catalog.pg_stat_archiver;\n")).trim();
    if (/^[0-9A-F]{24}/.test(last) && last.slice(0, 24) >= segment) return;
    await sleep(POLL_MS, signal);
  }
  throw new NotYet("ArchiveBehind", `segment ${segment} is not in the archive yet`, { afterMs: 5_000 });
}
