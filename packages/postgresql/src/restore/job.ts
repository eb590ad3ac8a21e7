/** The Job that restores: it has the data volume of one instance, the tools of the database image and the agent. */
import type { Job, Live, Pod } from "@keelson/kube";
import type { PerconaPGRestore } from "@keelson/resources";
import { jobEnvironment } from "../backup/job-environment.ts";
import { podsOfJob } from "../backup/job-progress.ts";
import { instanceStatefulSet } from "../cluster/instance.ts";
import type { KeptVolumes } from "../cluster/instance-volumes.ts";
import { clusterLabels, label } from "../cluster/labels.ts";
import type { InstanceSet, PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { meta } from "../cluster/objects.ts";
import * as paths from "../cluster/paths.ts";
import { agent } from "../cluster/pod.ts";
import type { View } from "../cluster/view.ts";

/** On a Job: which restore it works for. */
const RESTORE_OF_JOB = "keelson.dev/restore";
/** Exit codes of the agent: it has changed nothing on the volume; the restore that it was to undo had been complete; the target is not in the log. */
const UNTOUCHED = 10;
const COMPLETE = 11;
const UNREACHED = 12;
const CONTAINER = "pgbackrest-restore";

/** Marks the data that come from this restore. */
export const restoreId = (restore: PerconaPGRestore): string =>
  `${restore.metadata.name}-${(restore.metadata.uid ?? "").slice(0, 8)}`;

export interface RestoreJobInput {
  readonly name: string;
  readonly instance: string;
  readonly set: InstanceSet;
  readonly kept: KeptVolumes;
  readonly options: readonly string[];
  /** Mark left on the volume when it is done. */
  readonly id: string;
  /** The data from before are wanted again. */
  readonly bringsBack: boolean;
}

/** The instance's own pod, with another command: same image, volumes, identity and security. */
export function restoreJob(c: PgCluster, restore: PerconaPGRestore, input: RestoreJobInput): Job {
  const pod = instanceStatefulSet(c, input.set, {
    instance: input.instance,
    running: true,
    restored: undefined,
    kept: input.kept,
  }).spec?.template;
  const database = pod?.spec?.containers.find((container) => container.name === "database");
  const labels = { ...clusterLabels(c), [label.backup]: "", [label.restoreJob]: "", [label.instance]: input.instance };
  const { startupProbe, livenessProbe, readinessProbe, ports, ...container } = database ?? { name: "database" };
  const own = [
    ...(container.env ?? []),
    { name: "KEELSON_RESTORE_OPTIONS", value: JSON.stringify(input.options) },
    { name: "KEELSON_RESTORED", value: input.id },
    ...(input.bringsBack ? [{ name: "KEELSON_RESTORE_BACK", value: "yes" }] : []),
  ];
  // No process of its own: signals reach the agent, which ends PostgreSQL in good order.
  const lock = ["flock", "--no-fork", "--nonblock", "--conflict-exit-code", "75", `${paths.DATA}/.keelson.lock`];
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { ...meta(c, input.name, labels), annotations: { [RESTORE_OF_JOB]: restoreId(restore) } },
    spec: {
      backoffLimit: 2,
      // Another try would say the same, and the cluster stands still meanwhile.
      podFailurePolicy: {
        rules: [
          {
            action: "FailJob",
            onExitCodes: { containerName: CONTAINER, operator: "In", values: [UNTOUCHED, COMPLETE, UNREACHED] },
          },
        ],
      },
      template: {
        metadata: { labels },
        spec: {
          ...pod?.spec,
          restartPolicy: "Never",
          initContainers: pod?.spec?.initContainers?.filter((init) => init.name === "database-init") ?? [],
          containers: [
            {
              ...container,
              name: CONTAINER,
              command: [...lock, ...agent("restore")],
              ...jobEnvironment({ ...container, env: own }, restore.spec.containerOptions),
            },
          ],
        },
      },
    },
  };
}

export const worksFor = (job: Live<Job>, restore: PerconaPGRestore): boolean =>
  job.metadata.annotations?.[RESTORE_OF_JOB] === restoreId(restore);

/** Pods of a restore that still may write to the volume. */
export const runningJobPods = (view: View): Live<Pod>[] =>
  [...view.pods.values()].filter(
    (pod) =>
      pod.metadata.labels?.[label.restoreJob] !== undefined &&
      pod.status?.phase !== "Succeeded" &&
      pod.status?.phase !== "Failed",
  );

function lastExitCode(view: View, job: string): number | undefined {
  return podsOfJob(view, job).at(-1)?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode;
}

/** True when the Job's last pod says that it has changed nothing. */
export const leftUntouched = (view: View, job: string): boolean => lastExitCode(view, job) === UNTOUCHED;

/** True when the last pod of a Job that was to bring the data from before back found the restore complete. */
export const foundComplete = (view: View, job: string): boolean => lastExitCode(view, job) === COMPLETE;

export const fallbackJobName = (c: PgCluster): string => `${names.restoreJob(c)}-back`;
