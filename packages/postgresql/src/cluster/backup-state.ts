/** Whether the repository host works, from what is seen. Pure. */
import type { PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { isReady, type View } from "./view.ts";

export const repoHostReady = (c: PgCluster, view: View): boolean => isReady(view.pods.get(names.repoHostPod(c)));
