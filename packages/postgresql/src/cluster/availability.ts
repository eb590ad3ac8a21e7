/**
 * Whether the primary takes writes, as people read it. Pure. Decisions go by `primaryOf`: a primary that was lost is the primary still, until another
 * one is there. What Patroni said last stands in its records long after it, and may be true no more.
 */
import type { WantedCondition } from "@keelson/engine";
import { type Instance, leaderLock, primaryOf, type View } from "./view.ts";

type Doubt = Pick<WantedCondition, "status" | "reason" | "message">;

/** What speaks against it that the primary takes writes; undefined when nothing does, and when there is no primary. */
export function doubtOf(view: View): Doubt | undefined {
  const primary = primaryOf(view);
  return primary === undefined ? undefined : (stopped(primary) ?? silent(view, primary));
}

/** True when there is a primary, and nothing speaks against it that it takes writes. */
export const takesWrites = (view: View): boolean => primaryOf(view) !== undefined && doubtOf(view) === undefined;

/** Its container has ended, or has started and has not answered yet: what Patroni wrote is of its life before. */
function stopped({ name, pod }: Instance): Doubt | undefined {
  const database = pod?.status?.containerStatuses?.find((container) => container.name === "database");
  const running = database?.state?.running !== undefined;
  if (running && database.started !== false) return undefined;
  return {
    status: "False",
    reason: running ? "PrimaryStarting" : "PrimaryNotRunning",
    message: `Instance ${name} is the primary, and its container database ${running ? "has started and does not answer yet" : "does not run"}`,
  };
}

/** Its machine may be lost, or cannot reach Kubernetes; in the second case it may go on with its work (`failsafe_mode`). */
function silent(view: View, { name, pod }: Instance): Doubt | undefined {
  const { expiresAt } = leaderLock(view);
  if (expiresAt === undefined || view.now < expiresAt) return undefined;
  return {
    status: "Unknown",
    reason: "LeaderLockExpired",
    message: `Instance ${name} is the primary and has not renewed its lock, which ran out at ${new Date(expiresAt).toISOString()}: whether it takes writes is not known. Another instance follows it if one can. See whether pod ${pod?.metadata.name} and its node are well`,
  };
}

/** Milliseconds until the primary's silence alone makes its writes doubtful; undefined when that is no question of time. */
export function doubtInMs(view: View): number | undefined {
  const { expiresAt } = leaderLock(view);
  return expiresAt === undefined || !takesWrites(view) ? undefined : expiresAt - view.now;
}
