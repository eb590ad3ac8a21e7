/** Moves the primary's role to a replica before this pod is deleted: a switchover is quicker than an end and an election. */
import type { Environment } from "./environment.ts";
import { endpoints, type PodObject, podsOf } from "./kube-api.ts";
import { anotherIsReady } from "./leader-lock.ts";
import { errorText, log } from "./log.ts";
import { patroni } from "./patroni-rest.ts";

/** Patroni's answer to a switchover comes when it is done; the pod's grace is longer. */
const LIMIT_MS = 15_000;
const LOOK_MS = 200;

/**
 * True when this pod leads, is being deleted (not only stopped with its whole machine, which takes the others along), and another
 * instance that is to stay can take over.
 */
export function shouldHandOver(pods: readonly PodObject[], self: string, leader: string | undefined): boolean {
  const isLeaving = (pod: PodObject): boolean => pod.metadata.deletionTimestamp !== undefined;
  const own = pods.find((pod) => pod.metadata.name === self);
  if (leader !== self || own === undefined || !isLeaving(own)) return false;
  return anotherIsReady(
    pods.filter((pod) => !isLeaving(pod)),
    self,
  );
}

/** Asks for the switchover and waits until the lock has another holder, or until it has taken too long. Never throws. */
export async function handOver(env: Environment): Promise<void> {
  try {
    const leader = async (): Promise<string | undefined> =>
      (await endpoints(env.namespace, env.scope)).metadata.annotations?.["leader"];
    const { items } = await podsOf(env.namespace, `postgres-operator.crunchydata.com/patroni=${env.scope}`);
    if (!shouldHandOver(items, env.podName, await leader())) return;
    log("info", "handing the primary's role over before the end", {});
    const request = JSON.stringify({ leader: env.podName });
    patroni(env.patroniPort, "POST", "/switchover", request, LIMIT_MS).catch((error: unknown) =>
      log("warn", "switchover not done", { err: errorText(error) }),
    );
    const deadline = Date.now() + LIMIT_MS;
    for (let holder = await leader(); holder === undefined || holder === env.podName; holder = await leader()) {
      if (Date.now() > deadline) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } catch (error) {
    log("warn", "the role was not handed over", { err: errorText(error) });
  }
}
