/** The Job of one backup: it waits for the repository host to know the configuration, then runs pgBackRest there. */
import type { Job } from "@keelson/kube";
import type { PerconaPGBackup } from "@keelson/resources";
import { backupConfigHash } from "../cluster/config-maps.ts";
import { annotation, clusterLabels, label } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { API_VERSION } from "../cluster/objects.ts";
import { container, env, podTemplate, tmpMount, tmpVolume } from "../cluster/pod.ts";
import { jobEnvironment } from "./job-environment.ts";

export type JobType = "manual" | "scheduled" | "replica-create";

export const jobTypeOf = (backup: PerconaPGBackup): JobType =>
  (backup.metadata.annotations?.[annotation.backupJobType] as JobType | undefined) ?? "manual";

/** Longest name of a Job, which becomes a label of its pods. */
const MAX_NAME = 63;
const SUFFIX = { longest: 10, shortest: 4 } as const;

/** As it was when the backup started, else from the backup's uid. */
export function backupJobName(c: PgCluster, backup: PerconaPGBackup): string {
  if (backup.status?.jobName !== undefined) return backup.status.jobName;
  const stem = `${c.name}-backup-`;
  const length = Math.min(SUFFIX.longest, Math.max(SUFFIX.shortest, MAX_NAME - stem.length));
  return stem + names.suffix(backup.metadata.uid ?? "", length);
}

/** True when the Job was made for this very backup. */
export const isJobOf = (job: Job, backup: PerconaPGBackup): boolean =>
  job.metadata?.ownerReferences?.some((owner) => owner.uid === backup.metadata.uid) === true;

/** Whether old backups go after this one: the Job lets them, once it knows that it is sound. Who says something else about it has the word. */
const expires = (c: PgCluster, backup: PerconaPGBackup): boolean =>
  c.backups.global["expire-auto"] === undefined &&
  backup.spec.options?.some((option) => option.includes("expire-auto")) !== true;

/** Options of the user with the target and the marks by which the backup is found again. */
export function backupOptions(c: PgCluster, backup: PerconaPGBackup): string[] {
  const given = backup.spec.options ?? [];
  const marks = {
    "percona.com/backup-name": backup.metadata.name ?? "",
    "percona.com/backup-job-name": backupJobName(c, backup),
    "percona.com/backup-job-type": jobTypeOf(backup),
  };
  return [
    `--repo=${(backup.spec.repoName ?? "repo1").slice("repo".length)}`,
    ...given,
    ...(expires(c, backup) ? ["--no-expire-auto"] : []),
    ...Object.entries(marks).map(([key, value]) => `--annotation=${key}=${value}`),
  ];
}

/** Options that would lead a backup elsewhere, by names of today or of old, and those that let one count which nobody could restore. */
const FORBIDDEN =
  /^--(no-|reset-)?(repo|pg|db-(?!timeout)|backup-(?!standby)|stanza|config|lock|log-path|cmd|exec|online|archive-check|force|exclude)/;

/** What cannot be an option of a backup, without its value, which may be a secret. */
export const forbiddenBackupOption = (options: readonly string[]): string | undefined =>
  options.find((option) => !/^--[a-z]/.test(option) || FORBIDDEN.test(option))?.split("=", 1)[0];

export function backupJob(c: PgCluster, backup: PerconaPGBackup): Job {
  const { jobs } = c.backups;
  const labels = {
    ...clusterLabels(c),
    [label.backup]: "",
    [label.backupRepo]: backup.spec.repoName ?? "",
    [label.backupJob]: jobTypeOf(backup),
  };
  const request = {
    namespace: c.namespace,
    pod: names.repoHostPod(c),
    configHash: backupConfigHash(c),
    jobName: backupJobName(c, backup),
    options: backupOptions(c, backup),
    expires: expires(c, backup),
  };
  const own = env({
    KEELSON_BACKUP: JSON.stringify(request),
    NODE_EXTRA_CA_CERTS: "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
  });
  const template = podTemplate(c, {
    labels,
    metadata: jobs.knobs.metadata,
    knobs: jobs.knobs,
    serviceAccountName: names.backupAccount(c),
    containers: [
      container(c, {
        name: "pgbackrest",
        image: c.agentImage,
        command: ["/keelson/bin/node", "/keelson/agent/src/main.ts", "backup"],
        ...jobEnvironment({ env: own }, backup.spec.containerOptions),
        terminationMessagePolicy: "FallbackToLogsOnError",
        ...(jobs.knobs.resources === undefined ? {} : { resources: jobs.knobs.resources }),
        volumeMounts: [tmpMount],
      }),
    ],
    volumes: [tmpVolume],
  });
  if (template.spec !== undefined) template.spec.restartPolicy = jobs.restartPolicy;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: backupJobName(c, backup),
      namespace: c.namespace,
      labels,
      annotations: { [annotation.backupJobName]: backup.metadata.name ?? "" },
      ownerReferences: [
        {
          apiVersion: API_VERSION,
          kind: "PerconaPGBackup",
          name: backup.metadata.name ?? "",
          uid: backup.metadata.uid ?? "",
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      backoffLimit: jobs.backoffLimit ?? 2,
      ...(jobs.ttlSecondsAfterFinished === undefined ? {} : { ttlSecondsAfterFinished: jobs.ttlSecondsAfterFinished }),
      template,
    },
  };
}

/** How a Job ended, if it did. */
export function jobResult(job: Job | undefined): "Complete" | "Failed" | undefined {
  const ended = job?.status?.conditions?.find(
    (c) => c.status === "True" && (c.type === "Complete" || c.type === "Failed"),
  );
  return ended?.type as "Complete" | "Failed" | undefined;
}
