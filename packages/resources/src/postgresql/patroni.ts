/** High availability by Patroni. */
import type { Static } from "typebox";
import { Type } from "typebox";
import { anything, boolean, field, int32, list, object, oneOf, required, string } from "../schema/builders.ts";
import { port } from "./shared.ts";

const switchover = object({
  enabled: required(
    Type.Boolean({ default: false }),
    "Whether a new value of the annotation pgv2.percona.com/trigger-switchover moves the primary.",
  ),
  targetInstance: field(string(), "Instance that becomes primary; the best replica when left out. Failover needs it."),
  type: field(
    oneOf(["Switchover", "Failover"], { default: "Switchover" }),
    "Switchover is planned and loses nothing; Failover works without a healthy primary.",
  ),
});

export const patroni = object({
  createReplicaMethods: field(
    list(oneOf(["basebackup", "pgbackrest"])),
    "In which order ways to create a replica are tried: pgbackrest first when left out.",
  ),
  dynamicConfiguration: field(
    anything(),
    "Patroni's dynamic configuration: postgresql.parameters, postgresql.pg_hba, synchronous_mode, slots and so on. The place to set parameters of PostgreSQL.",
  ),
  leaderLeaseDurationSeconds: field(
    int32({ default: 30, minimum: 3 }),
    "Seconds after which a silent primary is replaced. A primary that is known to have ended is replaced at once.",
  ),
  port: field(port({ default: 8008 }), "Port of Patroni's API."),
  removeDataDirectoryOnDivergedTimelines: field(
    boolean(),
    "Whether a former primary that can not be rewound is wiped and copied anew.",
  ),
  switchover: field(switchover, "A planned or forced change of the primary."),
  syncPeriodSeconds: field(int32({ default: 10, minimum: 1 }), "Seconds between Patroni's looks at the cluster."),
});
export interface Patroni extends Static<typeof patroni> {}
