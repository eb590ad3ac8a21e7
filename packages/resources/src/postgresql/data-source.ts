/** Where a new cluster gets its data from, instead of starting empty. */
import type { Static } from "typebox";
import { resourceRequirements } from "../kubernetes/compute.ts";
import { volumeProjection } from "../kubernetes/projections.ts";
import { affinity, tolerations } from "../kubernetes/scheduling.ts";
import { field, list, object, required, string, stringMap } from "../schema/builders.ts";
import { repository } from "./repositories.ts";
import { env, envFrom, repoName } from "./shared.ts";

const placement = {
  affinity: field(affinity, "Where the restore Job may run."),
  priorityClassName: field(string(), "PriorityClass of the restore Job's pod."),
  resources: field(resourceRequirements, "Requests and limits of the restore Job."),
  tolerations: field(tolerations, "Taints that the restore Job's pod tolerates."),
};

const fromRepository = object({
  ...placement,
  configuration: field(list(volumeProjection), "Secrets and ConfigMaps with the keys of the source repository."),
  global: field(stringMap(), "Options of pgBackRest for the source, such as repo1-path."),
  options: field(list(string()), "Options of the restore command, such as --type=time and --target."),
  repo: required(repository, "The source repository, in an object storage."),
  stanza: required(string(), "Name of the stanza in the repository, normally db."),
});

const fromCluster = object({
  ...placement,
  clusterName: field(string(), "Name of the source cluster; the same name when left out and the namespace differs."),
  clusterNamespace: field(string(), "Namespace of the source cluster; the same when left out."),
  env: field(env, "Environment variables of the restore container."),
  envFrom: field(envFrom, "Secrets and ConfigMaps that become environment variables of the restore container."),
  options: field(list(string()), "Options of the restore command; a point in time is possible."),
  repoName: required(repoName(), "Repository of the source cluster."),
});

const oldVolume = object({
  annotations: field(stringMap(), "Annotations of the Job that moves the directory."),
  directory: field(string(), "Directory in the volume that holds the data."),
  labels: field(stringMap(), "Labels of the Job that moves the directory."),
  pvcName: required(string(), "The existing claim."),
  tolerations: field(tolerations, "Taints that the Job's pod tolerates."),
});

const fromVolumes = object({
  pgBackRestVolume: field(oldVolume, "Becomes the volume of repo1."),
  pgDataVolume: field(oldVolume, "Becomes the data volume of the first instance."),
  pgWALVolume: field(oldVolume, "Becomes the write-ahead log volume of the first instance."),
});

export const dataSource = object({
  pgbackrest: field(fromRepository, "Restores from a repository in an object storage, whoever wrote it."),
  postgresCluster: field(fromCluster, "Restores from the repository of a cluster of this operator."),
  volumes: field(fromVolumes, "Takes over existing volumes."),
});
export interface DataSource extends Static<typeof dataSource> {}
