/** Follows the leader's lock through a watch of the Kubernetes API. */
import { request } from "node:https";
import { createInterface } from "node:readline";
import type { Environment } from "./environment.ts";
import { credentials, type EndpointsObject, endpoints } from "./kube-api.ts";
import { errorText, log } from "./log.ts";

const RETRY_MS = 1_000;

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
    await readEvents(env, now.metadata.resourceVersion ?? "", tell);
  };
  const again = (): void => {
    follow()
      .catch((error: unknown) => log("debug", "the leader's lock is not seen", { err: errorText(error) }))
      .finally(() => setTimeout(again, RETRY_MS));
  };
  again();
}

/** Resolves when the server ends the watch; rejects when it cannot be had or says that it has forgotten the version. */
function readEvents(env: Environment, resourceVersion: string, tell: (object: EndpointsObject) => void): Promise<void> {
  const query = new URLSearchParams({ watch: "1", fieldSelector: `metadata.name=${env.scope}`, resourceVersion });
  return new Promise((resolve, reject) => {
    const call = request(
      { ...credentials(), path: `/api/v1/namespaces/${env.namespace}/endpoints?${query}` },
      (response) => {
        if (response.statusCode !== 200) {
          response.resume();
          return reject(new Error(`the watch was answered with ${response.statusCode}`));
        }
        const lines = createInterface({ input: response });
        lines.on("line", (line) => {
          const { type, object } = JSON.parse(line) as { type: string; object: EndpointsObject };
          if (type === "ADDED" || type === "MODIFIED") tell(object);
          else if (type === "ERROR") call.destroy(new Error("the watch cannot go on from here"));
        });
        lines.on("close", resolve);
      },
    );
    call.on("error", reject);
    call.end();
  });
}
