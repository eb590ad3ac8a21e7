/** What the agent tells the operator, as an annotation of its own pod, written only when something has changed. */
import { readFileSync, statfsSync } from "node:fs";
import { type Environment, LATEST_COMMIT_FILE } from "./environment.ts";
import { patchPod } from "./kube-api.ts";
import { errorText, log } from "./log.ts";

export const REPORT_ANNOTATION = "keelson.dev/agent";

export interface Report {
  /** Time of the last commit in the archive, as PostgreSQL prints it. */
  readonly latestCommit?: string;
  /** Used part of the data volume in steps of five percent, so that it changes seldom. */
  readonly dataUsedPercent?: number;
}

function usedPercent(path: string): number | undefined {
  try {
    const { blocks, bavail } = statfsSync(path);
    return blocks === 0 ? undefined : Math.floor(((blocks - bavail) * 20) / blocks) * 5;
  } catch {
    return undefined;
  }
}

export function observe(): Report {
  let latestCommit: string | undefined;
  try {
    latestCommit = readFileSync(LATEST_COMMIT_FILE, "utf8").trim();
  } catch {
    // nothing archived yet
  }
  const dataUsedPercent = usedPercent("/pgdata");
  return {
    ...(latestCommit === undefined || latestCommit === "" ? {} : { latestCommit }),
    // Below three quarters nobody has to act, so nothing is said.
    ...(dataUsedPercent === undefined || dataUsedPercent < 75 ? {} : { dataUsedPercent }),
  };
}

/** Sends the report whenever it differs from the last one sent. */
export function startReporting(env: Environment, everyMs = 5_000): NodeJS.Timeout {
  let sent = "{}";
  let busy = false;
  return setInterval(() => {
    const text = JSON.stringify(observe());
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
