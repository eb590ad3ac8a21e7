/** The embedded cluster as a whole: where it keeps its state, who runs in it, and the way to talk to its supervisor. */
export { ClusterLock, lockHolder } from "./cluster-lock.ts";
export { type ClusterReport, clusterReport, untilCluster } from "./control.ts";
export { type Layout, layoutOf, nodeNames } from "./layout.ts";
export { endLeftBehind } from "./left-behind.ts";
export type { ProcessReport } from "./managed-process.ts";
export { mirrorProblem, suitesToFetch } from "./mirror-check.ts";
export { processDefinitions } from "./process-definitions.ts";
export { isRunning, processIdentity } from "./process-identity.ts";
export { defaultSettings, readSettings, type Settings, writeSettings } from "./settings.ts";
export { stopEverything } from "./stop-everything.ts";
