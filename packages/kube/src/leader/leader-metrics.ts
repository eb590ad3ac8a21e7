/** Metric of leader election, under client-go's name. */
import { Gauge } from "prom-client";
import { metrics } from "../observability/metrics.ts";

export const isLeader = new Gauge({
  name: "leader_election_master_status",
  help: "Gauge of if the reporting system is the leader of the relevant lease, 0 indicates backup, 1 indicates leader.",
  labelNames: ["name"],
  registers: [metrics],
});
