/** Replicas that subscribe to changes of databases instead of copying the server. */
import type { Static } from "typebox";
import { persistentVolumeClaimSpec } from "../kubernetes/claims.ts";
import { resourceRequirements } from "../kubernetes/compute.ts";
import { affinity, tolerations } from "../kubernetes/scheduling.ts";
import { objectMetadata } from "../kubernetes/selectors.ts";
import { field, object, oneOf, required, string } from "../schema/builders.ts";
import { serviceExpose } from "./shared.ts";
import { databaseNames } from "./users.ts";

export const logicalReplica = object({
  affinity: field(affinity, "Where the replica may run."),
  bootstrapMethod: field(
    oneOf(["pgbackrest", "pg_basebackup"], { default: "pgbackrest" }),
    "How its first copy is made. pg_basebackup when backups are off.",
  ),
  dataVolumeClaimSpec: required(persistentVolumeClaimSpec, "Claim of its data volume."),
  databases: field(databaseNames(), "Databases that are replicated; all when empty. Fixed once it has its first copy."),
  expose: field(serviceExpose, "The Service of the replica."),
  metadata: field(objectMetadata, "Labels and annotations of what is made for the replica."),
  name: required(
    string({ maxLength: 20, pattern: "^[a-z][a-z0-9-]*[a-z0-9]$" }),
    "Name of the replica. No instance set may have the same.",
  ),
  priorityClassName: field(string(), "PriorityClass of the replica."),
  resources: field(resourceRequirements, "Requests and limits of the replica."),
  tolerations: field(tolerations, "Taints that the replica tolerates."),
});
export interface LogicalReplica extends Static<typeof logicalReplica> {}
