/** How an instance ends when its container is told to: decided from what the Kubernetes API says of its pod. */
import type { Environment } from "./environment.ts";
import { ApiFailure, endpoints, type PodObject, podsOf } from "./kube-api.ts";
import { anotherIsReady } from "./leader-lock.ts";
import { errorText, log } from "./log.ts";
import { patroni } from "./patroni-rest.ts";

/** Patroni's answer to a switchover comes when it is done; the pod's grace is longer. */
const LIMIT_MS = 15_000;
const LOOK_MS = 200;

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

/** Looks at the API, and hands the role over where that is to be done. While the API is silent, all ends in order. */
export async function prepareEnd(env: Environment): Promise<Ending> {
  try {
    const { items } = await podsOf(env.namespace, `postgres-operator.crunchydata.com/patroni=${env.scope}`);
    const ending = howToEnd(items, { name: env.podName, uid: env.podUid }, await leader(env));
    log("info", "stopping", { ending });
    if (ending === "hand over") await handOver(env);
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

/** Asks for the switchover and waits until the lock has another holder, or until it has taken too long. */
async function handOver(env: Environment): Promise<void> {
  patroni(env.patroniPort, "POST", "/switchover", JSON.stringify({ leader: env.podName }), LIMIT_MS).catch(
    (error: unknown) => log("warn", "switchover not done", { err: errorText(error) }),
  );
  const deadline = Date.now() + LIMIT_MS;
  for (let holder = await leader(env); holder === undefined || holder === env.podName; holder = await leader(env)) {
    if (Date.now() > deadline) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
