/** While nobody leads, has Patroni look again and again: one that lost a race by a moment would wait ten seconds for the next. */
import type { Environment } from "./environment.ts";
import type { Hurry } from "./hurry.ts";
import { watchLeader } from "./watch-leader.ts";

export function hurryElection(env: Environment, hurry: Hurry): void {
  watchLeader(env, (leader) => {
    if (leader === undefined) hurry.start();
    else hurry.stop();
  });
}
