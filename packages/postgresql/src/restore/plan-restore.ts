/** The next step of a restore in place. Pure; the state is in the resource's status and annotations, and in the Job. */
import type { Live } from "@keelson/kube";
import type { PerconaPGRestore } from "@keelson/resources";
import { jobResult } from "../backup/job.ts";
import { jobFailure } from "../backup/plan-backup.ts";
import { annotation, label } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { instancesOf, primaryOf, type View } from "../cluster/view.ts";
import { type Problem, problem } from "../reasons.ts";
import { fallbackJobName, restoreId } from "./job.ts";
import { parseOptions } from "./target.ts";

export const INSTANCE = "keelson.dev/instance";
export const STEP = "keelson.dev/step";
/** Why the restore failed; while it is there, the data from before are being brought back. */
export const FAILURE = "keelson.dev/failure";

export type RestoreStep =
  | { readonly type: "nothing" }
  | { readonly type: "wait"; readonly message: string }
  | { readonly type: "refuse"; readonly problem: Problem }
  /** Look whether the target can be reached; then take the cluster over. */
  | { readonly type: "check"; readonly instance: string; readonly primaryPod: string | undefined }
  /** Everything has stopped: nobody's memory of the old data may remain. */
  | { readonly type: "forget" }
  | {
      readonly type: "createJob";
      readonly job: string;
      readonly instance: string;
      readonly options: readonly string[];
      readonly id: string;
    }
  | { readonly type: "running"; readonly job: string }
  | { readonly type: "bringBack"; readonly failure: string }
  | { readonly type: "startInstances"; readonly instance: string; readonly id: string }
  | { readonly type: "finish"; readonly failure: string | undefined };

/** Endpoints in which Patroni remembers the old data. */
export function patroniMemory(c: PgCluster, view: View): string[] {
  return [names.haService(c), names.failoverEndpoints(c), names.syncEndpoints(c)].filter((name) =>
    view.endpoints.has(name),
  );
}

export function planRestore(c: PgCluster, view: View, restore: Live<PerconaPGRestore>): RestoreStep {
  const state = restore.status?.state ?? "";
  if (state === "Succeeded" || state === "Failed" || c.unmanaged || c.deleting) return { type: "nothing" };
  if (state === "") return planStart(c, view, restore);

  const annotations = restore.metadata.annotations ?? {};
  const instance = annotations[INSTANCE] ?? "";
  const failure = annotations[FAILURE];
  const id = failure === undefined ? restoreId(restore) : `${restoreId(restore)}-back`;
  const job = failure === undefined ? names.restoreJob(c) : fallbackJobName(c);
  if (annotations[STEP] === "starting") {
    if (view.cr.metadata.annotations?.[annotation.restored] !== id) return { type: "startInstances", instance, id };
    return primaryOf(view) === undefined ? { type: "nothing" } : { type: "finish", failure };
  }
  const pods = [...view.pods.values()].filter((pod) => pod.metadata.labels?.[label.data] === "postgres");
  if (pods.length > 0 || instancesOf(view).some((i) => i.statefulSet?.spec?.replicas !== 0)) return { type: "nothing" };
  const live = view.jobs.get(job);
  const mine =
    live?.metadata.annotations?.["keelson.dev/restore"] === restore.metadata.name &&
    live.metadata.deletionTimestamp === undefined;
  if (!mine) {
    if (live !== undefined) return { type: "wait", message: `Job ${job} of an earlier restore is going away.` };
    if (patroniMemory(c, view).length > 0 || remembersData(c, view)) return { type: "forget" };
    const parsed = parseOptions(failure === undefined ? (restore.spec.options ?? []) : []);
    if ("problem" in parsed)
      return { type: "refuse", problem: problem("InvalidOptions", "spec.options", parsed.problem) };
    return {
      type: "createJob",
      job,
      instance,
      options: [`--repo=${(restore.spec.repoName ?? "repo1").slice(4)}`, ...parsed.options],
      id,
    };
  }
  const result = jobResult(live);
  if (result === "Complete") return { type: "startInstances", instance, id };
  if (result === "Failed") {
    const why = jobFailure(view, job) ?? `Job ${job} has failed; see its log.`;
    // When even the data from before do not come back, there is nothing left that could be done without a person.
    return failure === undefined
      ? { type: "bringBack", failure: why }
      : { type: "finish", failure: `${failure} The data from before could not be brought back either: ${why}` };
  }
  return state === "Running" ? { type: "nothing" } : { type: "running", job };
}

/** Patroni's identifier and history of the data that are about to be replaced. */
export function remembersData(c: PgCluster, view: View): boolean {
  const annotations = view.endpoints.get(names.configService(c))?.metadata.annotations ?? {};
  return (annotations["initialize"] ?? "") !== "" || (annotations["history"] ?? "") !== "";
}

function planStart(c: PgCluster, view: View, restore: Live<PerconaPGRestore>): RestoreStep {
  const refuse = (reason: Problem["reason"], field: string, message: string): RestoreStep => ({
    type: "refuse",
    problem: problem(reason, field, message),
  });
  if (restore.spec.volumeSnapshotBackupName !== undefined && restore.spec.volumeSnapshotBackupName !== "") {
    return refuse(
      "UnsupportedFeature",
      "spec.volumeSnapshotBackupName",
      "Volume snapshots are not supported yet. Restore from a repository.",
    );
  }
  if (!c.backups.enabled)
    return refuse(
      "BackupsDisabled",
      "spec.pgCluster",
      "Backups are disabled in this cluster, so there is nothing to restore from.",
    );
  if (!c.backups.repos.some((repo) => repo.name === restore.spec.repoName)) {
    return refuse(
      "UnknownRepo",
      "spec.repoName",
      `The cluster has no ${restore.spec.repoName}. Choose one of ${c.backups.repos.map((r) => r.name).join(", ")}.`,
    );
  }
  const parsed = parseOptions(restore.spec.options ?? []);
  if ("problem" in parsed) return refuse("InvalidOptions", "spec.options", parsed.problem);
  if (c.paused) return { type: "wait", message: "The cluster is paused." };
  const other = view.restores.find(
    (r) => r.metadata.uid !== restore.metadata.uid && (r.status?.state === "Starting" || r.status?.state === "Running"),
  );
  if (other !== undefined) return { type: "wait", message: `Restore ${other.metadata.name} comes first.` };
  const older = view.restores.find((r) => (r.status?.state ?? "") === "" && r.metadata.deletionTimestamp === undefined);
  if (older !== undefined && older.metadata.uid !== restore.metadata.uid)
    return { type: "wait", message: `Restore ${older.metadata.name} comes first.` };
  const primary = primaryOf(view);
  const instance = primary?.name ?? instancesOf(view)[0]?.name;
  if (instance === undefined) return { type: "wait", message: "The cluster has no instance yet." };
  return { type: "check", instance, primaryPod: primary?.pod?.metadata.name };
}
