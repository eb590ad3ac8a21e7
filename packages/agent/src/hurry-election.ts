/** While nobody leads, has Patroni look again and again: one that lost a race by a moment would wait ten seconds for the next. */
import type { Environment } from "./environment.ts";
import { errorText, log } from "./log.ts";
import { wakePatroni } from "./patroni-rest.ts";
import { watchLeader } from "./watch-leader.ts";

const FIRST_MS = 250;
/** Patroni's own turn; nothing is gained by looking less often than it does. */
const LAST_MS = 10_000;

/** Milliseconds until the next look, after so many without a leader: often at first, then as seldom as Patroni itself. */
export function nextLookMs(looks: number): number {
  return Math.min(LAST_MS, Math.round(FIRST_MS * 1.2 ** looks));
}

export function hurryElection(env: Environment): void {
  let timer: NodeJS.Timeout | undefined;
  const look = (looks: number): void => {
    timer = setTimeout(() => {
      wakePatroni(env.patroniPort)
        .catch((error: unknown) => log("debug", "Patroni not woken", { err: errorText(error) }))
        .finally(() => {
          if (timer !== undefined) look(looks + 1);
        });
    }, nextLookMs(looks));
  };
  watchLeader(env, (leader) => {
    clearTimeout(timer);
    timer = undefined;
    if (leader === undefined) look(0);
  });
}
