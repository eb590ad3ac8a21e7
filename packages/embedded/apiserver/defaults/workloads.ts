/** Defaults of Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs and CronJobs. */
import { isObject, type JsonObject, objectAt } from "../types.ts";
import { each, fill, member, within } from "./fill.ts";
import { defaultPodSpec } from "./pod-spec.ts";
import { defaultClaimSpec } from "./volumes.ts";

export function defaultTemplate(spec: JsonObject): void {
  within(spec, "template", (template) => within(template, "spec", defaultPodSpec));
}

export function defaultDeployment(deployment: JsonObject): void {
  const spec = member(deployment, "spec");
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = member(spec, "strategy");
  fill(strategy, { type: "RollingUpdate" });
  if (strategy["type"] === "RollingUpdate")
    fill(member(strategy, "rollingUpdate"), { maxUnavailable: "25%", maxSurge: "25%" });
  defaultTemplate(spec);
}

export function defaultReplicaSet(replicaSet: JsonObject): void {
  const spec = member(replicaSet, "spec");
  fill(spec, { replicas: 1 });
  defaultTemplate(spec);
}

export function defaultReplicationController(controller: JsonObject): void {
  const spec = member(controller, "spec");
  fill(spec, { replicas: 1 });
  const labels = objectAt(objectAt(objectAt(spec, "template"), "metadata"), "labels");
  if (labels !== undefined) {
    if (Object.keys(objectAt(spec, "selector") ?? {}).length === 0) spec["selector"] = { ...labels };
    const metadata = member(controller, "metadata");
    if (Object.keys(objectAt(metadata, "labels") ?? {}).length === 0) metadata["labels"] = { ...labels };
  }
  defaultTemplate(spec);
}

export function defaultStatefulSet(statefulSet: JsonObject): void {
  const spec = member(statefulSet, "spec");
  fill(spec, { podManagementPolicy: "OrderedReady", replicas: 1, revisionHistoryLimit: 10 });
  const strategy = member(spec, "updateStrategy");
  if (strategy["type"] === undefined || strategy["type"] === "") {
    strategy["type"] = "RollingUpdate";
    member(strategy, "rollingUpdate");
  }
  if (strategy["type"] === "RollingUpdate")
    within(strategy, "rollingUpdate", (update) => fill(update, { partition: 0 }));
  fill(member(spec, "persistentVolumeClaimRetentionPolicy"), { whenDeleted: "Retain", whenScaled: "Retain" });
  each(spec, "volumeClaimTemplates", (claim) => {
    fill(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim" });
    within(claim, "spec", defaultClaimSpec);
    fill(member(claim, "status"), { phase: "Pending" });
  });
  defaultTemplate(spec);
}

export function defaultDaemonSet(daemonSet: JsonObject): void {
  const spec = member(daemonSet, "spec");
  fill(spec, { revisionHistoryLimit: 10 });
  const strategy = member(spec, "updateStrategy");
  fill(strategy, { type: "RollingUpdate" });
  if (strategy["type"] === "RollingUpdate") fill(member(strategy, "rollingUpdate"), { maxUnavailable: 1, maxSurge: 0 });
  defaultTemplate(spec);
}

export function defaultJob(job: JsonObject): void {
  const spec = member(job, "spec");
  if (spec["completions"] === undefined && spec["parallelism"] === undefined) spec["completions"] = 1;
  fill(spec, {
    parallelism: 1,
    backoffLimit: spec["backoffLimitPerIndex"] === undefined ? 6 : 2_147_483_647,
    completionMode: "NonIndexed",
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: isObject(spec["podFailurePolicy"]) ? "Failed" : "TerminatingOrFailed",
  });
  const labels = objectAt(objectAt(objectAt(spec, "template"), "metadata"), "labels");
  const metadata = member(job, "metadata");
  if (labels !== undefined && Object.keys(objectAt(metadata, "labels") ?? {}).length === 0)
    metadata["labels"] = { ...labels };
  defaultFailurePolicy(spec);
  defaultTemplate(spec);
}

function defaultFailurePolicy(spec: JsonObject): void {
  within(spec, "podFailurePolicy", (policy) =>
    each(policy, "rules", (rule) => each(rule, "onPodConditions", (pattern) => fill(pattern, { status: "True" }))),
  );
}

export function defaultCronJob(cronJob: JsonObject): void {
  const spec = member(cronJob, "spec");
  fill(spec, { concurrencyPolicy: "Allow", suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
  within(spec, "jobTemplate", (template) =>
    within(template, "spec", (jobSpec) => {
      defaultFailurePolicy(jobSpec);
      defaultTemplate(jobSpec);
    }),
  );
}
