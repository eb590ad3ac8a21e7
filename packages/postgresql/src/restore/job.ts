/** The Job that restores: it has the data volume of one instance, the tools of the database image and the agent. */
import type { Job } from "@keelson/kube";
import type { PerconaPGRestore } from "@keelson/resources";
import { instanceStatefulSet } from "../cluster/instance.ts";
import { clusterLabels, label } from "../cluster/labels.ts";
import type { InstanceSet, PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { meta } from "../cluster/objects.ts";
import * as paths from "../cluster/paths.ts";
import { agent } from "../cluster/pod.ts";

/** Marks the data that come from this restore. */
export const restoreId = (restore: PerconaPGRestore): string =>
  `${restore.metadata.name}-${(restore.metadata.uid ?? "").slice(0, 8)}`;

export interface RestoreJobInput {
  readonly name: string;
  readonly instance: string;
  readonly set: InstanceSet;
  readonly options: readonly string[];
  /** Mark left on the volume when it is done. */
  readonly id: string;
}

/** The instance's own pod, with another command: same image, volumes, identity and security. */
export function restoreJob(c: PgCluster, restore: PerconaPGRestore, input: RestoreJobInput): Job {
  const pod = instanceStatefulSet(c, input.set, { instance: input.instance, running: true, restored: undefined }).spec
    ?.template;
  const database = pod?.spec?.containers.find((container) => container.name === "database");
  const labels = { ...clusterLabels(c), [label.backup]: "", [label.restoreJob]: "", [label.instance]: input.instance };
  const { startupProbe, livenessProbe, readinessProbe, ports, ...container } = database ?? { name: "database" };
  const lock = ["flock", "--nonblock", "--conflict-exit-code", "75", `${paths.DATA}/.keelson.lock`];
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { ...meta(c, input.name, labels), annotations: { "keelson.dev/restore": restore.metadata.name ?? "" } },
    spec: {
      backoffLimit: 2,
      template: {
        metadata: { labels },
        spec: {
          ...pod?.spec,
          restartPolicy: "Never",
          initContainers: pod?.spec?.initContainers?.filter((init) => init.name === "database-init") ?? [],
          containers: [
            {
              ...container,
              name: "pgbackrest-restore",
              command: [...lock, ...agent("restore")],
              env: [
                ...(container.env ?? []),
                { name: "KEELSON_RESTORE_OPTIONS", value: JSON.stringify(input.options) },
                { name: "KEELSON_RESTORED", value: input.id },
                ...((restore.spec.containerOptions?.env ?? []) as never[]),
              ],
            },
          ],
        },
      },
    },
  };
}

export const fallbackJobName = (c: PgCluster): string => `${names.restoreJob(c)}-back`;
