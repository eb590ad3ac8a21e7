import { existsSync } from "node:fs";
import { cleanUpLeftovers } from "../node/leftovers.ts";
import type { Layout } from "./layout.ts";
import { endRecordedProcesses } from "./process-record.ts";

/**
 * Ends what a supervisor that was killed has left: programs, pods, mounts, namespaces. Data is kept. Call it with the cluster's lock
 * held. False when nothing was left.
 *
 * @param how "in order" gives databases the time to end well, "at once" is for a start, which brings them back by itself
 */
export async function endLeftBehind(layout: Layout, how: "in order" | "at once"): Promise<boolean> {
  if (!existsSync(layout.run)) return false;
  await endRecordedProcesses(layout.processRecord, how);
  await cleanUpLeftovers(layout.run);
  return true;
}
