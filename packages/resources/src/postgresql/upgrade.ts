/** PerconaPGUpgrade: moves a cluster to a newer major version of PostgreSQL. */
import type { Static } from "typebox";
import { resourceRequirements } from "../kubernetes/compute.ts";
import { condition } from "../kubernetes/conditions.ts";
import { container, volumeMount } from "../kubernetes/container.ts";
import { affinity, tolerations } from "../kubernetes/scheduling.ts";
import { localObjectReferences, objectMetadata } from "../kubernetes/selectors.ts";
import { field, int64, integer, list, mapList, object, required, string } from "../schema/builders.ts";
import { imagePullPolicy } from "./shared.ts";

export const perconaPGUpgradeSpec = object({
  affinity: field(affinity, "Where the upgrade Jobs may run."),
  fromPostgresVersion: required(integer({ minimum: 12, maximum: 17 }), "Major version of the data now."),
  image: required(string(), "Image that holds both major versions."),
  imagePullPolicy: field(imagePullPolicy(), "When the image is pulled."),
  imagePullSecrets: field(localObjectReferences, "Secrets with credentials of image registries."),
  initContainers: field(list(container), "Containers that run before the upgrade."),
  metadata: field(objectMetadata, "Labels and annotations of the Jobs."),
  postgresClusterName: required(string({ minLength: 1 }), "Name of the cluster, in the same namespace."),
  priorityClassName: field(string(), "PriorityClass of the Jobs' pods."),
  resources: field(resourceRequirements, "Requests and limits of the Jobs' containers."),
  toPgBackRestImage: required(string(), "Image of pgBackRest after the upgrade."),
  toPgBouncerImage: required(string(), "Image of PgBouncer after the upgrade."),
  toPostgresImage: required(string(), "Image of PostgreSQL after the upgrade."),
  toPostgresVersion: required(integer({ minimum: 13, maximum: 18 }), "Major version after the upgrade."),
  tolerations: field(tolerations, "Taints that the Jobs' pods tolerate."),
  volumeMounts: field(list(volumeMount), "Further mounts of the Jobs' containers."),
});
export interface PerconaPGUpgradeSpec extends Static<typeof perconaPGUpgradeSpec> {}

export const perconaPGUpgradeStatus = object({
  conditions: field(mapList(condition, ["type"]), "How far the upgrade is: Progressing and Succeeded."),
  observedGeneration: field(int64({ minimum: 0 }), "The metadata.generation that this status is about."),
});
export interface PerconaPGUpgradeStatus extends Static<typeof perconaPGUpgradeStatus> {}
