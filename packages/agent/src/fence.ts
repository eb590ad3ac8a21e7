/**
 * Ends this pod's PostgreSQL when another instance leads and it goes on taking writes. A Patroni that lives demotes it within a moment; one that is
 * frozen does not, and the kubelet's probes take another half a minute and the pod's grace to end the container.
 */
import type { Environment } from "./environment.ts";
import { type EndpointsObject, endpoints } from "./kube-api.ts";
import { errorText, log } from "./log.ts";
import { type Server, serverOf, takesWrites } from "./server.ts";

const LOOK_MS = 500;
/** Patroni sees the change of the lock through a watch too, and demotes at once. */
const PATIENCE_MS = 3_000;

export interface Snapshot {
  /** Milliseconds of a clock that only goes forward. */
  readonly atMs: number;
  readonly self: string;
  /** Whom the lock names, as the watch has told last and as the API has answered just now. */
  readonly watched: string | undefined;
  readonly holder: string | undefined;
  /** Undefined when it is not known. */
  readonly paused: boolean | undefined;
  readonly server: Server | undefined;
}

/** A server of this pod that takes writes while another instance holds the lock. */
export interface SecondPrimary {
  readonly pid: number;
  readonly holder: string;
  readonly sinceMs: number;
}

const isAnother = (holder: string | undefined, self: string): holder is string =>
  holder !== undefined && holder !== "" && holder !== self;

/** The second primary in this pod, with the time since which every look has shown it; undefined when anything is missing or in doubt. */
export function secondPrimary(seen: Snapshot, before: SecondPrimary | undefined): SecondPrimary | undefined {
  const { atMs, self, watched, holder, paused, server } = seen;
  if (!isAnother(holder, self) || watched !== holder) return undefined;
  // In a pause Patroni too leaves a primary alone that has no lock.
  if (paused !== false || !takesWrites(server)) return undefined;
  if (before?.pid === server.pid && before.holder === holder) return before;
  return { pid: server.pid, holder, sinceMs: atMs };
}

export const isToEnd = ({ sinceMs }: SecondPrimary, atMs: number): boolean => atMs - sinceMs >= PATIENCE_MS;

/** What Patroni's dynamic configuration says; undefined when there is none. */
export function isPaused(config: EndpointsObject): boolean | undefined {
  const text = config.metadata.annotations?.["config"];
  if (text === undefined) return undefined;
  const { pause = false } = JSON.parse(text) as { pause?: unknown };
  return pause !== false && pause !== null;
}

/** Looks from now on, for ever. Gives what is to be told of each change of the lock's holder. */
export function fence(env: Environment): (leader: string | undefined) => void {
  let watched: string | undefined;
  let second: SecondPrimary | undefined;
  const look = async (): Promise<void> => {
    // The API is asked only where there may be something to end.
    if (!isAnother(watched, env.podName) || !takesWrites(serverOf(env.dataDirectory))) {
      second = undefined;
      return;
    }
    const [lock, config] = await Promise.all([
      endpoints(env.namespace, env.scope),
      endpoints(env.namespace, `${env.scope}-config`),
    ]);
    const atMs = performance.now();
    const holder = lock.metadata.annotations?.["leader"];
    const server = serverOf(env.dataDirectory);
    second = secondPrimary({ atMs, self: env.podName, watched, holder, paused: isPaused(config), server }, second);
    if (second === undefined || !isToEnd(second, atMs)) return;
    const { pid } = second;
    second = undefined;
    log("warn", "another instance leads while PostgreSQL here takes writes: it is ended", { pid, leader: holder });
    // What PostgreSQL calls an immediate shutdown: no checkpoint, nothing archived.
    process.kill(pid, "SIGQUIT");
  };
  let busy = false;
  setInterval(() => {
    if (busy) return;
    busy = true;
    look()
      .catch((error: unknown) => {
        second = undefined;
        log("debug", "whether another instance leads is not known", { err: errorText(error) });
      })
      .finally(() => {
        busy = false;
      });
  }, LOOK_MS);
  return (leader) => {
    watched = leader;
    second = undefined;
  };
}
