/**
 * Schedules of backups and other regular work: when is the next run, and which run is due now. Nothing is kept in memory: what ran last is read
 * from the resources, so that a run that fell into the operator's absence is caught up once.
 */
import { Cron } from "croner";

/** When something is to be done again and again. */
export interface Schedule {
  /** Five fields (minute, hour, day of month, month, day of week), or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`, `@every 90m`. */
  readonly expression: string;
  /** IANA name; UTC when left out. `CRON_TZ=Europe/Berlin 0 2 * * *` in the expression itself wins. */
  readonly timeZone?: string;
}

/** What a schedule says at a moment. */
export interface DueRun {
  /** The latest time of the schedule that has come and was not run; undefined when nothing is due. */
  readonly due?: number;
  /** The next time of the schedule after now; undefined when there is none (30 February). */
  readonly next?: number;
}

/** Why a schedule can not be used, as a sentence for people; undefined when it can. */
export function scheduleProblem(schedule: Schedule): string | undefined {
  try {
    parse(schedule);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, "") : String(error);
    return `"${schedule.expression}" is not a schedule of five fields such as "0 2 * * 6": ${why}`;
  }
}

/**
 * What is due. `since` is when the last run was started, or when the schedule came into being: times up to and including it are done. Of several
 * missed times only the latest counts. Throws for a schedule with a problem.
 */
export function dueRun(schedule: Schedule, { since, now }: { readonly since: number; readonly now: number }): DueRun {
  const clock = parse(schedule);
  const due = clock.latest(since, now);
  const next = clock.after(now);
  return { ...(due === undefined ? {} : { due }), ...(next === undefined ? {} : { next }) };
}

interface Clock {
  /** First time after `time`. */
  after(time: number): number | undefined;
  /** Last time in (since, now]. */
  latest(since: number, now: number): number | undefined;
}

function parse({ expression, timeZone = "UTC" }: Schedule): Clock {
  const [, zone = timeZone, pattern = ""] = /^(?:(?:CRON_)?TZ=(\S+)\s+)?(.*)$/s.exec(expression.trim()) ?? [];
  if (pattern.startsWith("@every ")) return everyClock(durationMs(pattern.slice("@every ".length).trim()));
  if (!pattern.startsWith("@") && pattern.split(/\s+/).length !== 5) throw new Error("it must have five fields");
  // Croner looks at the zone only when it is asked for a time.
  new Intl.DateTimeFormat("en", { timeZone: zone });
  const cron = new Cron(pattern, { timezone: zone, paused: true });
  const after = (time: number) => cron.nextRun(new Date(time))?.getTime();
  return { after, latest: (since, now) => latestRun(after, since, now) };
}

/**
 * The last run in (since, now]. Looks back in steps that double, so that a schedule of every minute with a `since` of last year costs a few
 * questions, not half a million.
 */
function latestRun(after: Clock["after"], since: number, now: number): number | undefined {
  for (let span = 60_000; ; span *= 2) {
    const from = Math.max(since, now - span);
    let found = after(from);
    if (found !== undefined && found <= now) {
      for (let later = after(found); later !== undefined && later <= now; later = after(later)) found = later;
      return found;
    }
    if (from === since) return undefined;
  }
}

/** Runs at whole multiples of the interval since 1970, so that a restart does not move them. */
function everyClock(intervalMs: number): Clock {
  return {
    after: (time) => (Math.floor(time / intervalMs) + 1) * intervalMs,
    latest: (since, now) => {
      const last = Math.floor(now / intervalMs) * intervalMs;
      return last > since ? last : undefined;
    },
  };
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000 };

/** `1h30m` -> milliseconds. At least a minute. */
function durationMs(text: string): number {
  if (!/^(\d+[hms])+$/.test(text)) throw new Error(`${text} is not a duration such as 1h30m`);
  const total = [...text.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, n, unit = ""]) => sum + Number(n) * (UNITS[unit] ?? 0),
    0,
  );
  if (total < 60_000) throw new Error("it must not run more often than every minute");
  return total;
}
