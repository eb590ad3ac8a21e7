/** When a CronJob is due. The cron language is croner's. */
import { Cron } from "croner";
import { millisOf } from "../objects/time.ts";
import type { CronJob, Millis } from "../objects/types.ts";

/** Times of a schedule. */
export interface DueTimes {
  /** The latest time at or before now that has no Job yet. */
  readonly due: Millis | undefined;
  /** How many times were missed, `due` included; counting stops at 100. */
  readonly missed: number;
  /** The next time after now. */
  readonly next: Millis | undefined;
}

/** More missed times than this are not looked through one by one. */
const MANY = 100;

/** Reads the schedule; throws with the parser's sentence when it is not understood. */
export function dueTimes(cronJob: CronJob, now: Millis): DueTimes {
  const { schedule = "", timeZone, startingDeadlineSeconds } = cronJob.spec ?? {};
  const cron = new Cron(schedule, { timezone: timeZone ?? "UTC", mode: "5-part" });
  const created = millisOf(cronJob.metadata.creationTimestamp) ?? now;
  const last = millisOf(cronJob.status?.lastScheduleTime) ?? created;
  const deadline = startingDeadlineSeconds === undefined ? 0 : now - startingDeadlineSeconds * 1000;
  let at = Math.max(last, deadline);
  let due: Millis | undefined;
  let missed = 0;
  for (let next = nextAfter(cron, at); next !== undefined && next <= now; next = nextAfter(cron, at)) {
    due = next;
    at = next;
    if (++missed >= MANY) return { due: latestBefore(cron, now) ?? due, missed, next: nextAfter(cron, now) };
  }
  return { due, missed, next: nextAfter(cron, now) };
}

function nextAfter(cron: Cron, at: Millis): Millis | undefined {
  return cron.nextRun(new Date(at))?.getTime();
}

/** After a long pause: search backwards in growing steps instead of through every missed time. */
function latestBefore(cron: Cron, now: Millis): Millis | undefined {
  for (let back = 60_000; back < 5 * 366 * 86_400_000; back *= 2) {
    let found: Millis | undefined;
    for (let next = nextAfter(cron, now - back); next !== undefined && next <= now; next = nextAfter(cron, next))
      found = next;
    if (found !== undefined) return found;
  }
  return undefined;
}
