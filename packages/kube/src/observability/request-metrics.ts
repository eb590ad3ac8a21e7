/** Requests to the API server, counted under client-go's name. */
import { Counter } from "prom-client";
import { metrics } from "./metrics.ts";

const requests = new Counter({
  name: "rest_client_requests_total",
  help: "Number of HTTP requests, partitioned by status code, method, and host.",
  labelNames: ["code", "method", "host"],
  registers: [metrics],
});

export function observeRequest(labels: {
  readonly code: string;
  readonly method: string;
  readonly host: string;
}): void {
  requests.inc({ ...labels, host: labels.host.replace(/^https?:\/\//, "") });
}
