/** Metrics of controllers, under controller-runtime's names. */
import { Counter, Gauge, Histogram } from "prom-client";
import { metrics } from "../observability/metrics.ts";

const labelNames = ["controller"] as const;
const registers = [metrics];

export const reconciles = new Counter({
  name: "controller_runtime_reconcile_total",
  help: "Total number of reconciliations per controller.",
  labelNames: ["controller", "result"] as const,
  registers,
});
export const errors = new Counter({
  name: "controller_runtime_reconcile_errors_total",
  help: "Total number of reconciliation errors per controller.",
  labelNames,
  registers,
});
export const panics = new Counter({
  name: "controller_runtime_reconcile_panics_total",
  help: "Total number of reconciliation panics (bugs) per controller.",
  labelNames,
  registers,
});
export const duration = new Histogram({
  name: "controller_runtime_reconcile_time_seconds",
  help: "Length of time per reconciliation per controller.",
  labelNames,
  buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  registers,
});
export const maxConcurrent = new Gauge({
  name: "controller_runtime_max_concurrent_reconciles",
  help: "Maximum number of concurrent reconciles per controller.",
  labelNames,
  registers,
});
export const active = new Gauge({
  name: "controller_runtime_active_workers",
  help: "Number of currently used workers per controller.",
  labelNames,
  registers,
});
