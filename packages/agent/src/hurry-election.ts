/** While nobody leads, has Patroni look again and again: one that lost a race by a moment would wait ten seconds for the next. */
import { Hurry } from "./hurry.ts";

/** Nothing is written meanwhile, and those who vote may need a minute to read their log. */
const LAST_MS = 2_000;

/** Gives what is to be told of each change of the lock's holder. */
export function hurryElection(wake: () => Promise<void>): (leader: string | undefined) => void {
  const hurry = new Hurry(wake, LAST_MS);
  return (leader) => {
    if (leader === undefined) hurry.start();
    else hurry.stop();
  };
}
