/** The lock of the primary: what the agent reads from it, and what it does when it knows that the holder's life is over. */
import type { Environment } from "./environment.ts";
import { ApiFailure, type EndpointsObject, endpoints, type PodObject, patchEndpoints, podsOf } from "./kube-api.ts";
import { errorText, log } from "./log.ts";

/** All pods of a cluster's instances. */
export const members = async (env: Environment): Promise<readonly PodObject[]> =>
  (await podsOf(env.namespace, `postgres-operator.crunchydata.com/patroni=${env.scope}`)).items;

/** What Patroni says of a pod that is ready; undefined of any other. */
function readyMember(pod: PodObject): { readonly state?: string; readonly role?: string } | undefined {
  if (pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") !== true) return undefined;
  try {
    return JSON.parse(pod.metadata.annotations?.["status"] ?? "{}") as { state?: string };
  } catch {
    return undefined;
  }
}

/** True when another instance of the cluster is ready to take over. */
export function anotherIsReady(pods: readonly PodObject[], self: string): boolean {
  return pods.some((pod) => pod.metadata.name !== self && readyMember(pod)?.state === "running");
}

/** True when another instance than this one holds the lock, runs, and says that it is the primary. */
export function leads(pods: readonly PodObject[], lock: EndpointsObject, self: string): boolean {
  const leader = lock.metadata.annotations?.["leader"] ?? "";
  const pod = pods.find(({ metadata }) => metadata.name === leader);
  if (leader === self || pod === undefined || pod.metadata.deletionTimestamp !== undefined) return false;
  const { state, role } = readyMember(pod) ?? {};
  return state === "running" && (role === "primary" || role === "master");
}

export const anotherLeads = async (env: Environment): Promise<boolean> =>
  leads(await members(env), await endpoints(env.namespace, env.scope), env.podName);

/**
 * True when a commit of this leader waits for a replica, so that one that takes over has all that was acknowledged. Without that, the
 * data of this volume are the newest there are, and starting again here loses nothing.
 */
export const isSynchronous = (sync: EndpointsObject, self: string): boolean =>
  sync.metadata.annotations?.["leader"] === self && (sync.metadata.annotations["sync_standby"] ?? "") !== "";

/**
 * Gives the lock up when it still names this pod and nothing of its earlier life can be running: the caller holds the lock on the
 * data volume, and there is neither a Patroni nor a PostgreSQL in this container. Another instance can then take over at once. Does
 * nothing when there is none that could, or that could not without losing commits: starting again here is then the quickest way back.
 */
export async function releaseOwnLock(env: Environment): Promise<boolean> {
  try {
    const lock = await endpoints(env.namespace, env.scope);
    if (lock.metadata.annotations?.["leader"] !== env.podName) return false;
    if (!isSynchronous(await endpoints(env.namespace, `${env.scope}-sync`), env.podName)) return false;
    if (!anotherIsReady(await members(env), env.podName)) return false;
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
