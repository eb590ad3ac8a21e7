import { setTimeout as delay } from "node:timers/promises";
import { ClusterLock, lockHolder } from "./cluster-lock.ts";
import { stopCluster } from "./control.ts";
import type { Layout } from "./layout.ts";
import { endLeftBehind } from "./left-behind.ts";
import { isRunning } from "./process-identity.ts";

/**
 * Ends a cluster in order, whatever state it is in: it runs, it is about to start or to end, or its supervisor was killed, or could not
 * end everything, and programs were left. Resolves when nothing of it is left. Calls `finish` while the cluster's lock is held, so that no start comes
 * between. False when nothing ran.
 */
export async function stopEverything(layout: Layout, finish: () => void = () => {}): Promise<boolean> {
  let found = false;
  const asked = new Set<number>();
  for (;;) {
    if (await stopCluster(layout.controlSocket)) found = true;
    const lock = ClusterLock.take(layout, "end");
    if (lock !== undefined) {
      try {
        if (await endLeftBehind(layout, "in order")) found = true;
        finish();
        return found;
      } finally {
        lock.release();
      }
    }
    const holder = lockHolder(layout);
    if (holder !== undefined && holder.purpose !== "end") {
      found = true;
      if (!asked.has(holder.pid) && isRunning(holder)) process.kill(holder.pid, "SIGTERM");
      asked.add(holder.pid);
    }
    await delay(50);
  }
}
