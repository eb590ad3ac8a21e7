/** The PostgreSQL engine: PerconaPGCluster, PerconaPGBackup and PerconaPGRestore. */
export type { Catalogue } from "./cluster/normalize.ts";
export { type EngineOptions, postgresqlControllers } from "./engine.ts";
