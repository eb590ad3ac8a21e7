/** Pure builders of manifests, shared by the API and the portal. Imports nothing that runs. */
export type { CreateBackup, CreateDatabase, CreateRestore, UpdateDatabase } from "../api/requests.ts";
export * from "./backup.ts";
export * from "./database.ts";
export * from "./names.ts";
export { memoryParameters, type Size, type SizeId, sizeOf, sizes } from "./sizes.ts";
