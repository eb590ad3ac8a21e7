/** Metrics of informers, under client-go's names. */
import { Counter } from "prom-client";
import { metrics } from "../observability/metrics.ts";

/** In a settled system this does not grow. */
export const lists = new Counter({
  name: "reflector_lists_total",
  help: "Total number of API lists done by the reflectors.",
  labelNames: ["name"],
  registers: [metrics],
});

export const watches = new Counter({
  name: "reflector_watches_total",
  help: "Total number of API watches done by the reflectors.",
  labelNames: ["name"],
  registers: [metrics],
});
