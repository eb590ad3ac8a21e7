/** For tests of any package: a real API to test against, faults, waits. */
export { type ApiServerOptions, apiServerMissing, startApiServer, type TestApiServer } from "./api-server.ts";
export { discoverKind } from "./discover-kind.ts";
export { type Fault, FaultyTransport } from "./faulty-transport.ts";
export { kubernetesBinaries, kubernetesMissing } from "./kubernetes-binaries.ts";
export { type PerconaManifests, perconaManifests } from "./percona-manifests.ts";
export { freePort, startProcess, type TestProcess } from "./processes.ts";
export { until } from "./until.ts";
