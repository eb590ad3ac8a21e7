/** How an instance ends when its container is told to: decided from what the Kubernetes API says of its pod. */
import type { Environment } from "./environment.ts";
import { ApiFailure, endpoints, type PodObject } from "./kube-api.ts";
import { anotherIsReady, members } from "./leader-lock.ts";
import { errorText, log } from "./log.ts";
import { patroni, type Reply } from "./patroni-rest.ts";

/** A switchover is over in a second; a replica that has just come is synchronous within a few. */
const LIMIT_MS = 15_000;
const LOOK_MS = 200;
const RETRY_MS = 2_000;
/** With less time than this a switchover would be cut off in the middle. */
const LEAST_MS = 2_000;

/**
 * - `at once`: the pod has been removed from the API while it runs (a deletion without grace). Another instance may lead already, so
 *   nothing more may be written here, and nothing archived: replicas would take it for the history that they follow.
 * - `hand over`: the pod leads and is being deleted, and another instance that is to stay can take over.
 * - `in order`: all else. A pod that is stopped with its whole machine is not deleted: the others go along with it.
 */
export type Ending = "at once" | "hand over" | "in order";

export interface Self {
  readonly name: string;
  readonly uid: string;
}

export function howToEnd(pods: readonly PodObject[], self: Self, leader: string | undefined): Ending {
  const isLeaving = (pod: PodObject): boolean => pod.metadata.deletionTimestamp !== undefined;
  const own = pods.find((pod) => pod.metadata.uid === self.uid);
  if (own === undefined) return "at once";
  if (leader !== self.name || !isLeaving(own)) return "in order";
  const staying = pods.filter((pod) => !isLeaving(pod));
  return anotherIsReady(staying, self.name) ? "hand over" : "in order";
}

/** Milliseconds that may go into handing over: half of the pod's grace at most, the other half is for the stop. */
export function handOverMs(graceSeconds = 60): number {
  const limit = Math.min(LIMIT_MS, graceSeconds * 500);
  return limit < LEAST_MS ? 0 : limit;
}

/** Patroni's refusals that time may mend: no replica is fit yet (412), or the request could not be written or carried out (503). */
const mayPass = (status: number): boolean => status === 412 || status === 503;

/** Looks at the API, and hands the role over where that is to be done. While the API is silent, all ends in order. */
export async function prepareEnd(env: Environment): Promise<Ending> {
  try {
    const pods = await members(env);
    const ending = howToEnd(pods, { name: env.podName, uid: env.podUid }, await leader(env));
    log("info", "stopping", { ending });
    const own = pods.find((pod) => pod.metadata.uid === env.podUid);
    if (ending === "hand over") {
      const limitMs = handOverMs(own?.metadata.deletionGracePeriodSeconds);
      await handOver({
        limitMs,
        ask: () => patroni(env.patroniPort, "POST", "/switchover", JSON.stringify({ leader: env.podName }), limitMs),
        isOver: async () => ![undefined, env.podName].includes(await leader(env)),
        wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      });
    }
    return ending;
  } catch (error) {
    // A pod's token ends with the pod's object.
    if (error instanceof ApiFailure && error.status === 401) return "at once";
    log("warn", "stopping in order, what the API says of this pod is not known", { err: errorText(error) });
    return "in order";
  }
}

const leader = async (env: Environment): Promise<string | undefined> =>
  (await endpoints(env.namespace, env.scope)).metadata.annotations?.["leader"];

/** What handing over does to the world. */
export interface HandOver {
  readonly limitMs: number;
  /** Asks Patroni for the switchover; the answer comes when it is done or refused. */
  readonly ask: () => Promise<Reply>;
  /** True when another instance holds the lock. */
  readonly isOver: () => Promise<boolean>;
  readonly wait: (ms: number) => Promise<void>;
}

/** Asks until another instance holds the lock, Patroni refuses for good, or the time is up. True when another one holds it. */
export async function handOver({ limitMs, ask, isOver, wait }: HandOver): Promise<boolean> {
  const refusals: boolean[] = [];
  const request = (): Promise<void> =>
    ask().then(
      ({ status, body }) => {
        if (status === 200) return;
        refusals.push(mayPass(status));
        log("warn", "switchover not done", { status, said: body.slice(0, 200) });
      },
      (error: unknown) => {
        refusals.push(true);
        log("warn", "switchover not done", { err: errorText(error) });
      },
    );
  let asked = 0;
  for (let now = 0, again = 0; now < limitMs; now += LOOK_MS) {
    if (now >= again && refusals.length === asked) {
      asked++;
      again = now + RETRY_MS;
      void request();
    }
    await wait(LOOK_MS);
    if (await isOver()) return true;
    if (refusals.at(-1) === false) return false;
  }
  return false;
}
