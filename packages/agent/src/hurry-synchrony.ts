/** Lets Patroni count a replica among the synchronous ones as soon as it streams, where it would look at its next turn, ten seconds later. */
import type { Environment } from "./environment.ts";
import { errorText, log } from "./log.ts";
import { patroni, wakePatroni } from "./patroni-rest.ts";
import { serverOf, takesWrites } from "./server.ts";

/** Until a replica is synchronous it may not take over, so a second more is a second without a second chance. */
const LOOK_MS = 1_000;
/** The change takes Patroni several turns. A set of replicas that stays asynchronous beyond these is meant to. */
const MOST_WAKES = 12;

interface Member {
  readonly application_name?: string;
  readonly state?: string;
  readonly sync_state?: string;
}

/** The names of the replicas that stream and that no commit waits for, from Patroni's answer to `GET /patroni`, sorted. */
export function asynchronousReplicas(answer: string): string[] {
  const { role, replication = [] } = JSON.parse(answer) as { role?: string; replication?: readonly Member[] };
  if (role !== "primary" && role !== "master") return [];
  return replication
    .filter(({ state, sync_state }) => state === "streaming" && sync_state === "async")
    .map(({ application_name }) => application_name ?? "")
    .sort();
}

/** Wakes the Patroni of a primary while replicas stream that it has not yet made synchronous. */
export function hurrySynchrony(env: Environment): NodeJS.Timeout {
  let before = "";
  let wakes = 0;
  let busy = false;
  const look = async (): Promise<void> => {
    if (!takesWrites(serverOf(env.dataDirectory))) return;
    const waiting = asynchronousReplicas((await patroni(env.patroniPort, "GET", "/patroni")).body).join(",");
    wakes = waiting === before ? wakes + 1 : 0;
    before = waiting;
    if (waiting !== "" && wakes < MOST_WAKES) await wakePatroni(env.patroniPort);
  };
  return setInterval(() => {
    if (busy) return;
    busy = true;
    look()
      .catch((error: unknown) => log("debug", "synchrony not seen", { err: errorText(error) }))
      .finally(() => {
        busy = false;
      });
  }, LOOK_MS);
}
