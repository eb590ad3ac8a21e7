/** The `backups` section of a cluster. */
import type { Static } from "typebox";
import { Type } from "typebox";
import { containerResources, resourceRequirements } from "../kubernetes/compute.ts";
import { container } from "../kubernetes/container.ts";
import { volumeProjection } from "../kubernetes/projections.ts";
import { affinity, tolerations, topologySpreadConstraints } from "../kubernetes/scheduling.ts";
import { podSecurityContext } from "../kubernetes/security.ts";
import { keyProjection, objectMetadata } from "../kubernetes/selectors.ts";
import { volume } from "../kubernetes/volumes.ts";
import {
  boolean,
  field,
  int32,
  int64,
  list,
  mapList,
  object,
  oneOf,
  required,
  rules,
  string,
  stringMap,
} from "../schema/builders.ts";
import { repository } from "./repositories.ts";
import { cron, env, envFrom, initContainer, repoName, sidecarPvc } from "./shared.ts";

const containers = object({
  pgbackrest: field(
    containerResources,
    "The container that serves pgBackRest in instances and on the repository host.",
  ),
  pgbackrestConfig: field(containerResources, "The container that loads a changed pgBackRest configuration."),
});

const jobs = object({
  affinity: field(affinity, "Where backup and restore Jobs may run."),
  backoffLimit: field(int32(), "How often a failed backup Job is tried again. Kubernetes' own default is 6."),
  priorityClassName: field(string(), "PriorityClass of the Jobs' pods."),
  resources: field(resourceRequirements, "Requests and limits of the Jobs' containers."),
  restartPolicy: field(string(), "Restart policy of the Jobs' pods. Never when left out."),
  securityContext: field(podSecurityContext, "Security context of the Jobs' pods."),
  tolerations: field(tolerations, "Taints that the Jobs' pods tolerate."),
  ttlSecondsAfterFinished: field(int32({ minimum: 60 }), "Seconds that a finished backup Job is kept."),
});

/** The request in progress. The contract lets operators write it; Keelson keeps it out of the user's resource. */
const manual = object({
  env: field(env, "Environment variables of the backup container."),
  envFrom: field(envFrom, "Secrets and ConfigMaps that become environment variables of the backup container."),
  initialDelaySeconds: field(int64(), "Seconds to wait before the backup command starts."),
  options: field(list(string()), "Options of the backup command."),
  repoName: required(repoName(), "Repository that the backup goes to."),
});

const repoHost = object({
  affinity: field(affinity, "Where the repository host may run."),
  priorityClassName: field(string(), "PriorityClass of the repository host."),
  resources: field(resourceRequirements, "Requests and limits of the repository host."),
  securityContext: field(podSecurityContext, "Security context of the repository host's pod."),
  sidecarPVCs: field(list(sidecarPvc), "Claims that are made for the sidecars of the repository host."),
  sidecarVolumes: field(list(volume), "Volumes that the sidecars of the repository host use."),
  sidecars: field(list(container), "Containers that run beside pgBackRest on the repository host."),
  sshConfigMap: field(keyProjection, "Was for transport by SSH; transport is TLS."),
  sshSecret: field(keyProjection, "Was for transport by SSH; transport is TLS."),
  tolerations: field(tolerations, "Taints that the repository host tolerates."),
  topologySpreadConstraints: field(topologySpreadConstraints, "How the repository host is spread over the nodes."),
});

const restore = object({
  affinity: field(affinity, "Where the restore Job may run."),
  clusterName: field(string(), "Not used by a restore in place."),
  clusterNamespace: field(string(), "Not used by a restore in place."),
  enabled: required(Type.Boolean({ default: false }), "Whether a restore is asked for."),
  env: field(env, "Environment variables of the restore container."),
  envFrom: field(envFrom, "Secrets and ConfigMaps that become environment variables of the restore container."),
  options: field(list(string()), "Options of the restore command."),
  priorityClassName: field(string(), "PriorityClass of the restore Job's pod."),
  repoName: required(repoName(), "Repository that is restored from."),
  resources: field(resourceRequirements, "Requests and limits of the restore Job's containers."),
  tolerations: field(tolerations, "Taints that the restore Job's pod tolerates."),
});

const pgbackrest = object({
  configuration: field(
    list(volumeProjection),
    "Secrets and ConfigMaps that are put beside pgBackRest's configuration; keys of object storages go here.",
  ),
  containers: field(containers, "Resources of the containers that pgBackRest runs in."),
  env: field(env, "Environment variables of the repository host."),
  envFrom: field(envFrom, "Secrets that become environment variables of the repository host."),
  global: field(
    stringMap(),
    "Options of pgBackRest for all repositories, such as repo1-retention-full. They win over what Keelson sets.",
  ),
  image: field(string(), "Image that holds pgBackRest. The operator's own choice when left out."),
  initContainer: field(initContainer, "The container that prepares the repository host."),
  jobs: field(jobs, "How backup and restore Jobs run."),
  manual: field(manual, "The backup in progress. To take a backup, create a PerconaPGBackup instead of writing here."),
  metadata: field(objectMetadata, "Labels and annotations of the repository host and of the Jobs."),
  repoHost: field(repoHost, "How the pod runs that serves the repositories."),
  repos: field(mapList(repository), "Up to four places where backups are kept."),
  restore: field(restore, "The restore in progress. To restore, create a PerconaPGRestore instead of writing here."),
  sidecars: field(containers, "Old name of containers."),
});

const checkpoint = object({
  enabled: field(Type.Boolean({ default: true }), "Whether the replica writes a checkpoint before it is stopped."),
  timeoutSeconds: field(int32({ default: 300, minimum: 30 }), "Seconds that the checkpoint may take."),
});

const volumeSnapshots = object({
  className: required(string(), "VolumeSnapshotClass that snapshots are made with."),
  jobs: field(
    object({ tolerations: field(tolerations, "Taints that the Job's pod tolerates.") }),
    "The Job that prepares restored volumes.",
  ),
  mode: field(
    oneOf(["offline"], { default: "offline" }),
    "offline: a replica is stopped while its volumes are snapshotted.",
  ),
  offlineConfig: field(
    object({ checkpoint: field(checkpoint, "The checkpoint before the replica is stopped.") }),
    "Details of offline snapshots.",
  ),
  schedule: field(cron(), "When snapshots are taken, as a five-field cron expression in UTC."),
});

export const backups = object(
  {
    enabled: field(
      boolean(),
      "Whether backups and the archive are kept; true when left out. Turning it off on a living cluster removes the repositories and needs the annotation pgv2.percona.com/authorizeBackupRemoval.",
    ),
    pgbackrest: field(pgbackrest, "Backups, archive and new replicas by pgBackRest."),
    trackLatestRestorableTime: field(
      boolean(),
      "Whether the status of the newest backup tells the latest point that can be restored; true when left out.",
    ),
    volumeSnapshots: field(volumeSnapshots, "Backups by snapshots of volumes."),
  },
  rules([
    {
      message: "At least one repository must be configured when backups are enabled",
      rule: "(has(self.enabled) && self.enabled == false) || (has(self.pgbackrest.repos) && size(self.pgbackrest.repos) > 0)",
    },
  ]),
);
export interface Backups extends Static<typeof backups> {}
