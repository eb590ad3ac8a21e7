/** Kubernetes for TypeScript: typed client, informers, controller runtime, server-side apply, leader election, events, metrics. */

export { appliedHash, appliedHashAnnotation } from "./apply/applied-hash.ts";
export { type Applied, type ApplyIfChangedOptions, applyIfChanged } from "./apply/apply-if-changed.ts";
export { type Difference, differences } from "./apply/containment.ts";
export { type BackoffOptions, backoffMs } from "./backoff.ts";
export { canonicalJson } from "./canonical-json.ts";
export * from "./client/api-error.ts";
export { Client, type ClientOptions } from "./client/client.ts";
export { sleep, withDeadline } from "./client/deadline.ts";
export type { ExecResult, ExecSession } from "./client/exec.ts";
export { HttpTransport } from "./client/http-transport.ts";
export * from "./client/options.ts";
export type { Transport, TransportRequest, TransportResponse } from "./client/transport.ts";
export type { Write } from "./client/writer.ts";
export {
  Controller,
  type ControllerOptions,
  type Reconcile,
  type ReconcileContext,
  type ReconcileResult,
} from "./controller/controller.ts";
export * from "./controller/errors.ts";
export * from "./controller/sources.ts";
export { type Treatment, treat } from "./controller/treatment.ts";
export { type AddOptions, type Priority, WorkQueue, type WorkQueueOptions } from "./controller/work-queue.ts";
export { type Credentials, type LoadOptions, loadCredentials, type TlsMaterial } from "./credentials/load.ts";
export { type EventInput, EventRecorder, type EventRecorderOptions } from "./events/event-recorder.ts";
export { Cache, type CachedOptions, type CacheOptions } from "./informer/cache.ts";
export { type Change, Informer, type InformerOptions } from "./informer/informer.ts";
export type { Index } from "./informer/store.ts";
export * from "./kind.ts";
export { kinds } from "./kinds.ts";
export { LeaderElection, type LeaderElectionOptions } from "./leader/leader-election.ts";
export { nameSuffix, SUFFIX_ALPHABET } from "./name-suffix.ts";
export {
  type Check,
  type HealthServer,
  type HealthServerOptions,
  healthServer,
} from "./observability/health-server.ts";
export { createLogger, type Logger, type LoggerOptions, silentLogger } from "./observability/logger.ts";
export { metrics } from "./observability/metrics.ts";
export { Pacer } from "./pacer.ts";
export {
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityNanos,
  sameQuantity,
  thousandths,
} from "./quantity.ts";
export { fieldMatcher, labelMatcher, matchesLabels, selectorText } from "./selector.ts";
export { timestamp } from "./timestamp.ts";
export type * from "./types.ts";
