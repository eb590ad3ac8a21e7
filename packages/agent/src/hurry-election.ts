/** While nobody leads, has Patroni look again and again: one that lost a race by a moment would wait ten seconds for the next. */
import type { Environment } from "./environment.ts";
import { Hurry } from "./hurry.ts";
import { watchLeader } from "./watch-leader.ts";

/** Nothing is written meanwhile, and those who vote may need a minute to read their log. */
const LAST_MS = 2_000;

export function hurryElection(env: Environment, wake: () => Promise<void>): void {
  const hurry = new Hurry(wake, LAST_MS);
  watchLeader(env, (leader) => {
    if (leader === undefined) hurry.start();
    else hurry.stop();
  });
}
