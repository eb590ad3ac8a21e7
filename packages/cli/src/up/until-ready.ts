import { type ClusterReport, type Layout, type ProcessReport, untilCluster } from "@keelson/embedded/cluster";
import { dataOption } from "../data-option.ts";
import { Failure } from "../failure.ts";
import type { Progress } from "../steps.ts";

/** Milliseconds after which a program that is not ready is a failure of the start. */
const startLimitMs = 90_000;

/** Waits until the chosen programs are ready, and shows which one is not. Throws a Failure when they are not in time. */
export async function untilReady(
  layout: Layout,
  isChosen: (name: string) => boolean,
  progress: Progress,
): Promise<void> {
  let missing: ProcessReport | undefined;
  const allReady = (report: ClusterReport): boolean => {
    missing = missingProgram(report.processes.filter(({ name }) => isChosen(name)));
    if (missing !== undefined) progress.waitingFor(inWords(missing));
    return missing === undefined;
  };
  try {
    await untilCluster(layout.controlSocket, allReady, AbortSignal.timeout(startLimitMs));
  } catch (error) {
    const data = dataOption(layout.data);
    if ((error as Error).name !== "TimeoutError")
      throw new Failure(`the supervisor ended by itself: './keelson logs supervisor${data}' says why.`);
    if (missing === undefined) throw error;
    throw new Failure(
      `${inWords(missing)} is not ready: './keelson logs ${missing.name}${data}' says why; './keelson down${data}' ends what runs.`,
    );
  }
}

/** A program that is not ready; one that waits for others is never the cause. */
function missingProgram(processes: readonly ProcessReport[]): ProcessReport | undefined {
  const missing = processes.filter(({ state }) => state !== "ready");
  return missing.find(({ state }) => state !== "waiting") ?? missing[0];
}

function inWords({ name, lastEnd }: ProcessReport): string {
  return lastEnd === undefined ? name : `${name} (ended before: ${lastEnd})`;
}
