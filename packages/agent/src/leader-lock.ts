/** The lock of the primary: what the agent does with it when it knows that the holder's life is over. */
import type { Environment } from "./environment.ts";
import { ApiFailure, endpoints, type PodObject, patchEndpoints, podsOf } from "./kube-api.ts";
import { errorText, log } from "./log.ts";

/** True when another instance of the cluster is ready to take over. */
export function anotherIsReady(pods: readonly PodObject[], self: string): boolean {
  return pods.some((pod) => {
    if (pod.metadata.name === self) return false;
    if (pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") !== true) return false;
    try {
      return (JSON.parse(pod.metadata.annotations?.["status"] ?? "{}") as { state?: string }).state === "running";
    } catch {
      return false;
    }
  });
}

/**
 * Gives the lock up when it still names this pod and nothing of its earlier life can be running: the caller holds the lock on the
 * data volume and there is no Patroni in this container. Another instance can then take over at once. Does nothing when there is
 * none that could: starting again here is then the quickest way back.
 */
export async function releaseOwnLock(env: Environment): Promise<boolean> {
  try {
    const lock = await endpoints(env.namespace, env.scope);
    if (lock.metadata.annotations?.["leader"] !== env.podName) return false;
    const selector = `postgres-operator.crunchydata.com/patroni=${env.scope}`;
    if (!anotherIsReady((await podsOf(env.namespace, selector)).items, env.podName)) return false;
    await patchEndpoints(env.namespace, env.scope, {
      metadata: { resourceVersion: lock.metadata.resourceVersion, annotations: { leader: null } },
    });
    log("info", "leader lock of an earlier life released", {});
    return true;
  } catch (error) {
    if (!(error instanceof ApiFailure && (error.status === 404 || error.status === 409))) {
      log("warn", "leader lock could not be looked at", { err: errorText(error) });
    }
    return false;
  }
}
