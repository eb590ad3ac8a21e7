/** The controllers, the scheduler and the load balancer of an embedded cluster. */
export { type ControllersOptions, runControllers } from "./run.ts";
export type { Settings } from "./runtime.ts";
