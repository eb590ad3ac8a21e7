/** Follows the leader's lock through a watch of the Kubernetes API. */
import { request } from "node:https";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Environment } from "./environment.ts";
import { credentials, type EndpointsObject, endpoints } from "./kube-api.ts";
import { errorText, log } from "./log.ts";

const RETRY_MS = 1_000;
/** A lock that is held is renewed every ten seconds: a connection that is silent for so long may have nobody at its other end. */
const SILENCE_MS = 60_000;

/** Calls `changed` with the holder of the lock, undefined when nobody holds it, now and after each change. Goes on for ever. */
export function watchLeader(env: Environment, changed: (leader: string | undefined) => void): void {
  let last: string | undefined | null = null;
  const tell = (object: EndpointsObject): void => {
    const leader = object.metadata.annotations?.["leader"];
    if (leader === last) return;
    last = leader;
    changed(leader);
  };
  const follow = async (): Promise<void> => {
    const now = await endpoints(env.namespace, env.scope);
    tell(now);
    await watch(env, now.metadata.resourceVersion ?? "", tell);
  };
  const again = (): void => {
    follow()
      .catch((error: unknown) => log("debug", "the leader's lock is not seen", { err: errorText(error) }))
      .finally(() => setTimeout(again, RETRY_MS));
  };
  again();
}

/** Resolves when the server ends the watch; rejects when it cannot be had, breaks, or says that it has forgotten the version. */
function watch(env: Environment, resourceVersion: string, tell: (object: EndpointsObject) => void): Promise<void> {
  const query = new URLSearchParams({ watch: "1", fieldSelector: `metadata.name=${env.scope}`, resourceVersion });
  const path = `/api/v1/namespaces/${env.namespace}/endpoints?${query}`;
  return new Promise((resolve, reject) => {
    const call = request({ ...credentials(), path, timeout: SILENCE_MS }, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        return reject(new Error(`the watch was answered with ${response.statusCode}`));
      }
      readEvents(response, tell)
        .then(resolve, reject)
        .finally(() => call.destroy());
    });
    call.on("timeout", () => call.destroy(new Error(`the watch has been silent for ${SILENCE_MS} ms`)));
    call.on("error", reject);
    call.end();
  });
}

/** Reads a watch to its end. Rejects when it is cut, also in the middle of a line. */
export async function readEvents(input: Readable, tell: (object: EndpointsObject) => void): Promise<void> {
  for await (const line of createInterface({ input })) {
    const { type, object } = JSON.parse(line) as { type: string; object: EndpointsObject };
    if (type === "ADDED" || type === "MODIFIED") tell(object);
    else if (type === "ERROR") throw new Error("the watch cannot go on from here");
  }
}
