/** Kubernetes for TypeScript: typed client, informers, controller runtime, server-side apply, leader election, events, metrics. */
export * from "./client/api-error.ts";
export { Client, type ClientOptions, type Write } from "./client/client.ts";
export { sleep, withDeadline } from "./client/deadline.ts";
export type { ExecResult, ExecSession } from "./client/exec.ts";
export * from "./client/options.ts";
export type { Transport, TransportRequest, TransportResponse } from "./client/transport.ts";
export { type Credentials, type LoadOptions, loadCredentials, type TlsMaterial } from "./credentials/load.ts";
export * from "./kind.ts";
export { kinds } from "./kinds.ts";
export { fieldMatcher, labelMatcher, labelSelectorText, matchesLabels, selectorText } from "./selector.ts";
export type * from "./types.ts";
