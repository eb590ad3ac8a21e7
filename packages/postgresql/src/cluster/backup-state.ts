/** Whether the repository host works, from what is seen. Pure. */
import type { PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { podTrouble } from "./pod-trouble.ts";
import { isReady, type View } from "./view.ts";

export const repoHostReady = (c: PgCluster, view: View): boolean => isReady(view.pods.get(names.repoHostPod(c)));

/** Why the repository host does not work; undefined when it does. */
export function repoHostTrouble(c: PgCluster, view: View): string | undefined {
  if (repoHostReady(c, view)) return undefined;
  const name = names.repoHostPod(c);
  const trouble = podTrouble(c, "repoHost", view.pods.get(name));
  return `The repository host is not ready${trouble === undefined ? "" : ` (${trouble})`}. It is waited for; see why with "kubectl describe pod ${name}".`;
}
