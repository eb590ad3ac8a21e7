/** Metrics of work queues, under client-go's names, so that existing dashboards show them. */
import { Counter, Gauge, Histogram } from "prom-client";
import { metrics } from "../observability/metrics.ts";

const labelNames = ["name", "controller"] as const;
const registers = [metrics];
const buckets = [0.000_001, 0.000_01, 0.000_1, 0.001, 0.01, 0.1, 1, 10, 100, 1000];

export const depth = new Gauge({
  name: "workqueue_depth",
  help: "Current depth of workqueue by workqueue.",
  labelNames,
  registers,
});
export const adds = new Counter({
  name: "workqueue_adds_total",
  help: "Total number of adds handled by workqueue.",
  labelNames,
  registers,
});
export const retries = new Counter({
  name: "workqueue_retries_total",
  help: "Total number of retries handled by workqueue.",
  labelNames,
  registers,
});
export const latency = new Histogram({
  name: "workqueue_queue_duration_seconds",
  help: "How long in seconds an item stays in workqueue before being requested.",
  labelNames,
  buckets,
  registers,
});
export const workDuration = new Histogram({
  name: "workqueue_work_duration_seconds",
  help: "How long in seconds processing an item from workqueue takes.",
  labelNames,
  buckets,
  registers,
});

interface Running {
  readonly name: string;
  /** Seconds that each item in processing has taken so far. */
  runningSeconds(): number[];
}

/** Queues whose running items are looked at when somebody scrapes. */
export const runningQueues = new Set<Running>();

new Gauge({
  name: "workqueue_unfinished_work_seconds",
  help: "How many seconds of work has been done that is in progress and hasn't been observed by work_duration.",
  labelNames,
  registers,
  collect() {
    for (const { name, runningSeconds } of runningQueues) {
      this.set(
        { name, controller: name },
        runningSeconds().reduce((sum, each) => sum + each, 0),
      );
    }
  },
});

new Gauge({
  name: "workqueue_longest_running_processor_seconds",
  help: "How many seconds has the longest running processor for workqueue been running.",
  labelNames,
  registers,
  collect() {
    for (const { name, runningSeconds } of runningQueues)
      this.set({ name, controller: name }, Math.max(0, ...runningSeconds()));
  },
});
