/** Instance sets: the PostgreSQL servers of a cluster. */
import type { Static } from "typebox";
import { persistentVolumeClaimSpec } from "../kubernetes/claims.ts";
import { containerResources, resourceRequirements } from "../kubernetes/compute.ts";
import { container, volumeMount } from "../kubernetes/container.ts";
import { affinity, tolerations, topologySpreadConstraints } from "../kubernetes/scheduling.ts";
import { podSecurityContext } from "../kubernetes/security.ts";
import { objectMetadata } from "../kubernetes/selectors.ts";
import { volume, volumeSource } from "../kubernetes/volumes.ts";
import { boolean, field, int32, intOrString, list, mapList, object, required, string } from "../schema/builders.ts";
import { env, envFrom, initContainer, sidecarPvc } from "./shared.ts";

const extraVolumeMount = object({
  mountPath: required(string(), "Path in the database container."),
  readOnly: field(boolean(), "Whether the mount refuses writes."),
  subPath: field(string(), "Path in the volume that is mounted; its root when left out."),
});

const extraVolume = object({
  mounts: required(
    // Kubernetes knows no key for these: a list as a whole.
    list(extraVolumeMount, { minItems: 1 }),
    "Where the volume is mounted in the database container.",
  ),
  name: required(string(), "Name of the volume."),
  volumeSource: required(volumeSource, "What the volume holds."),
});

const tablespaceVolume = object({
  dataVolumeClaimSpec: required(persistentVolumeClaimSpec, "Claim of the tablespace's volume, one for each instance."),
  name: required(
    string({ minLength: 1, pattern: "^[a-z][a-z0-9]*$" }),
    "Name of the tablespace. Its directory is /tablespaces/NAME/data.",
  ),
});

export const instanceSet = object({
  affinity: field(affinity, "Where the instances may run."),
  containers: field(
    object({
      replicaCertCopy: field(containerResources, "The container that loads renewed replication certificates."),
    }),
    "Resources of the helper containers.",
  ),
  dataVolumeClaimSpec: required(
    persistentVolumeClaimSpec,
    "Claim of each instance's data volume. Raise the storage request to grow it; it can not shrink.",
  ),
  env: field(env, "Environment variables of every container of the instances but the sidecars, which have their own."),
  envFrom: field(
    envFrom,
    "Secrets that become environment variables of every container of the instances but the sidecars.",
  ),
  extraVolumes: field(mapList(extraVolume), "Further volumes of the database container."),
  initContainer: field(initContainer, "The container that prepares an instance."),
  initContainers: field(list(container), "Containers that run to their end before the database starts."),
  metadata: field(objectMetadata, "Labels and annotations of what is made for the set."),
  minAvailable: field(
    intOrString(),
    "How many instances a drain must leave running; 1 when left out and the set has several instances.",
  ),
  name: field(
    string({ default: "", pattern: "^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$" }),
    "Name of the set; its two-digit index (00, 01, ...) when left out.",
  ),
  priorityClassName: field(string(), "PriorityClass of the instances."),
  replicas: field(int32({ default: 1, minimum: 1 }), "Number of instances in the set."),
  resources: field(resourceRequirements, "Requests and limits of the database container."),
  securityContext: field(podSecurityContext, "Security context of the instances' pods; fsGroup 26 when left out."),
  sidecarPVCs: field(list(sidecarPvc), "Claims that are made for the sidecars."),
  sidecarVolumes: field(list(volume), "Volumes that the sidecars use."),
  sidecars: field(list(container), "Containers that run beside the database."),
  tablespaceVolumes: field(mapList(tablespaceVolume), "Volumes for tablespaces."),
  tolerations: field(tolerations, "Taints that the instances tolerate."),
  topologySpreadConstraints: field(topologySpreadConstraints, "How the instances are spread over nodes and zones."),
  volumeMounts: field(list(volumeMount), "Further mounts of the database container."),
  walVolumeClaimSpec: field(
    persistentVolumeClaimSpec,
    "Claim of a volume of its own for the write-ahead log. It can be added and removed later.",
  ),
});
export interface InstanceSet extends Static<typeof instanceSet> {}
