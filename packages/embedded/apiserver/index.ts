/** Our Kubernetes API server: `startApiServer` runs one in this process. */
export type { ApiServer, ApiServerOptions } from "./options.ts";
export { startApiServer } from "./start.ts";
