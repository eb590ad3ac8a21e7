/** What tests leave running when they are cut in the middle: platforms and clusters of nodes, with their pods, mounts and namespaces. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ClusterLock, endLeftBehind, type Layout, layoutOf, lockHolder } from "@keelson/embedded/cluster";

/** How the data folders of clusters begin that tests start. */
const clusterFolder = /^keelson-(e2e|node-test)-/;
/** Milliseconds for a killed supervisor to give the cluster's lock back. */
const lockMs = 5_000;

/** Ends every cluster whose data is in a level's temporary folder, at once: nobody needs that data. Call it when the tests have ended. */
export async function endLeftClusters(
  folder: string,
  end: (layout: Layout) => Promise<void> = endCluster,
): Promise<void> {
  for (const name of readdirSync(folder)) if (clusterFolder.test(name)) await end(layoutOf(join(folder, name)));
}

/** Kills whoever starts, runs or ends a cluster, and all that it has started. */
export async function endCluster(layout: Layout): Promise<void> {
  const deadline = Date.now() + lockMs;
  for (;;) {
    const lock = ClusterLock.take(layout, "end");
    if (lock !== undefined) {
      try {
        await endLeftBehind(layout, "at once");
        return;
      } finally {
        lock.release();
      }
    }
    const holder = lockHolder(layout);
    if (Date.now() > deadline) throw new Error(`the cluster in ${layout.data} is held by process ${holder?.pid}`);
    if (holder !== undefined) process.kill(holder.pid, "SIGKILL");
    await delay(50);
  }
}
