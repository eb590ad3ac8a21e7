/**
 * Processes that the kernel has ended because the memory of this container was used up. PostgreSQL survives the loss of one: it ends all
 * connections and recovers, and nothing outside of its log says why.
 */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RUN_DIRECTORY } from "./environment.ts";

/** Of cgroups version 2, and of version 1. Both have a line `oom_kill` with their number. */
const COUNTERS = ["memory.events", "memory/memory.oom_control"];
const TOLD_MS = 600_000;

function kills(cgroups: string): number {
  for (const counter of COUNTERS) {
    try {
      return Number(/^oom_kill (\d+)$/m.exec(readFileSync(join(cgroups, counter), "utf8"))?.[1] ?? 0);
    } catch {
      // the other version
    }
  }
  return 0;
}

/**
 * When the last one was noticed, for ten minutes from then: RFC 3339, in whole minutes. What was noticed is kept in `runDirectory`, which
 * outlives the agent, and the container too, with which the kernel begins to count anew. Never throws.
 */
export function lastOutOfMemory(
  now = Date.now(),
  cgroups = "/sys/fs/cgroup",
  runDirectory = RUN_DIRECTORY,
): string | undefined {
  const noticed = join(runDirectory, "out-of-memory");
  const count = kills(cgroups);
  try {
    if (count === 0) {
      rmSync(noticed, { force: true });
      return undefined;
    }
    const isNew = !existsSync(noticed) || readFileSync(noticed, "utf8") !== String(count);
    if (isNew) writeFileSync(noticed, String(count));
    const at = statSync(noticed).mtimeMs;
    if (now - at >= TOLD_MS) return undefined;
    return new Date(Math.floor(at / 60_000) * 60_000).toISOString().replace(/\.\d+Z$/, "Z");
  } catch {
    // The volume is full.
    return undefined;
  }
}
