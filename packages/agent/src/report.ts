/** What the agent tells the operator, as an annotation of its own pod, written only when something has changed. */
import { readFileSync, statfsSync, statSync } from "node:fs";
import { type ArchiveBacklog, archiveBacklog } from "./archive-backlog.ts";
import { type Environment, LATEST_COMMIT_FILE } from "./environment.ts";
import { patchPod } from "./kube-api.ts";
import { errorText, log } from "./log.ts";
import { lastOutOfMemory } from "./out-of-memory.ts";

const REPORT_ANNOTATION = "keelson.dev/agent";
const DATA_VOLUME = "/pgdata";

export interface Report {
  /** Time of the last commit in the archive, as PostgreSQL prints it. */
  readonly latestCommit?: string;
  /** Used part of the data volume in steps of five percent, so that it changes seldom; only from 75 on. */
  readonly dataUsedPercent?: number;
  /** The same for the volume of the write-ahead log, where it has its own. */
  readonly walUsedPercent?: number;
  /** Only while the archive does not take what it should. Means something on the primary. */
  readonly archive?: ArchiveBacklog;
  /** When the kernel has ended a process for want of memory, for ten minutes. RFC 3339. */
  readonly outOfMemory?: string;
}

/** Below three quarters nobody has to act, so nothing is said. */
function usedPercent(path: string): number | undefined {
  try {
    const { blocks, bavail } = statfsSync(path);
    const percent = blocks === 0 ? 0 : Math.floor(((blocks - bavail) * 20) / blocks) * 5;
    return percent < 75 ? undefined : percent;
  } catch {
    return undefined;
  }
}

function isOtherVolume(path: string): boolean {
  try {
    return statSync(path).dev !== statSync(DATA_VOLUME).dev;
  } catch {
    return false;
  }
}

function observe({ dataDirectory, walDirectory }: Environment): Report {
  let latestCommit = "";
  try {
    latestCommit = readFileSync(LATEST_COMMIT_FILE, "utf8").trim();
  } catch {
    // nothing archived yet
  }
  const dataUsedPercent = usedPercent(DATA_VOLUME);
  const walUsedPercent = isOtherVolume(walDirectory) ? usedPercent(walDirectory) : undefined;
  const archive = archiveBacklog(dataDirectory);
  const outOfMemory = lastOutOfMemory();
  return {
    ...(latestCommit === "" ? {} : { latestCommit }),
    ...(dataUsedPercent === undefined ? {} : { dataUsedPercent }),
    ...(walUsedPercent === undefined ? {} : { walUsedPercent }),
    ...(archive === undefined ? {} : { archive }),
    ...(outOfMemory === undefined ? {} : { outOfMemory }),
  };
}

/** Sends the report whenever it differs from the last one sent. */
export function startReporting(env: Environment, everyMs = 5_000): NodeJS.Timeout {
  // Nothing is known of what an earlier run of this pod has sent: the first report always goes out, so that old trouble is taken back.
  let sent: string | undefined;
  let busy = false;
  return setInterval(() => {
    const text = JSON.stringify(observe(env));
    if (busy || text === sent) return;
    busy = true;
    patchPod(env.namespace, env.podName, { metadata: { annotations: { [REPORT_ANNOTATION]: text } } })
      .then(() => {
        sent = text;
      })
      .catch((error: unknown) => log("debug", "report not sent", { err: errorText(error) }))
      .finally(() => {
        busy = false;
      });
  }, everyMs);
}
