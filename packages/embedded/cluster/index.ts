/** The embedded cluster as a whole: where it keeps its state, who runs in it, and the way to talk to its supervisor. */
export { type ClusterReport, clusterReport, stopCluster, untilCluster } from "./control.ts";
export { type Layout, layoutOf, nodeNames } from "./layout.ts";
export type { ProcessReport } from "./managed-process.ts";
export { isRunning, processIdentity } from "./process-identity.ts";
export { defaultSettings, readSettings, type Settings, writeSettings } from "./settings.ts";
