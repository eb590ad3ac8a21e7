/** Deployments, StatefulSets, DaemonSets, ReplicaSets, ReplicationControllers, Jobs, CronJobs and pod templates. */

import { member } from "../defaults/fill.ts";
import {
  defaultCronJob,
  defaultDaemonSet,
  defaultDeployment,
  defaultJob,
  defaultReplicaSet,
  defaultReplicationController,
  defaultStatefulSet,
  defaultTemplate,
} from "../defaults/workloads.ts";
import type { Rules } from "../registry/resource.ts";
import { equal } from "../schema/index.ts";
import { type KubeObject, numberAt, objectAt } from "../types.ts";
import { cronJobProblems, jobProblems, jobUpdateProblems } from "../validation/jobs.ts";
import { dnsLabelProblem } from "../validation/names.ts";
import {
  daemonSetProblems,
  deploymentProblems,
  replicaSetProblems,
  replicationControllerProblems,
  selectorUnchanged,
  statefulSetProblems,
  statefulSetUpdateProblems,
} from "../validation/workloads.ts";
import { podSpecWarnings } from "./pod-warnings.ts";

const templateWarnings = (object: KubeObject): string[] =>
  podSpecWarnings(objectAt(objectAt(object.spec, "template"), "spec"), "spec.template.spec");

const replicasField = { "status.replicas": (object: KubeObject) => String(numberAt(object.status, "replicas") ?? 0) };

export const deploymentRules: Rules = {
  generation: true,
  defaults: defaultDeployment,
  /** Annotations are copied to ReplicaSets, so they count as a change of what is wanted. */
  prepareUpdate(object, old) {
    if (equal(object.spec, old.spec) && !equal(object.metadata.annotations ?? {}, old.metadata.annotations ?? {})) {
      object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    }
  },
  prepareStatus(object, old) {
    if (old.metadata.labels === undefined) delete object.metadata.labels;
    else object.metadata.labels = old.metadata.labels;
  },
  validate: deploymentProblems,
  validateUpdate: selectorUnchanged,
  warnings(deployment) {
    const problem = dnsLabelProblem(deployment.metadata.name ?? "");
    const ofName =
      problem === undefined
        ? []
        : [
            `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${problem}]`,
          ];
    return [...ofName, ...templateWarnings(deployment)];
  },
};

export const replicaSetRules: Rules = {
  generation: true,
  defaults: defaultReplicaSet,
  initialStatus: () => ({ replicas: 0 }),
  validate: replicaSetProblems,
  validateUpdate: selectorUnchanged,
  warnings: templateWarnings,
  selectable: replicasField,
};

export const replicationControllerRules: Rules = {
  generation: true,
  defaults: defaultReplicationController,
  initialStatus: () => ({ replicas: 0 }),
  validate: replicationControllerProblems,
  warnings: templateWarnings,
  selectable: replicasField,
};

export const statefulSetRules: Rules = {
  generation: true,
  defaults: defaultStatefulSet,
  initialStatus: () => ({ replicas: 0, availableReplicas: 0 }),
  validate: statefulSetProblems,
  validateUpdate: statefulSetUpdateProblems,
  warnings: templateWarnings,
};

export const daemonSetRules: Rules = {
  generation: true,
  defaults: defaultDaemonSet,
  initialStatus: () => ({
    currentNumberScheduled: 0,
    desiredNumberScheduled: 0,
    numberMisscheduled: 0,
    numberReady: 0,
  }),
  validate: daemonSetProblems,
  validateUpdate: selectorUnchanged,
  warnings: templateWarnings,
};

const controllerUid = "batch.kubernetes.io/controller-uid";
const jobName = "batch.kubernetes.io/job-name";

export const jobRules: Rules = {
  generation: true,
  defaults: defaultJob,
  prepareCreate(job) {
    const spec = member(job, "spec");
    if (spec["manualSelector"] === true) return;
    const labels = member(member(member(spec, "template"), "metadata"), "labels");
    const uid = job.metadata.uid ?? "";
    const name = job.metadata.name ?? "";
    for (const [key, value] of Object.entries({
      "controller-uid": uid,
      "job-name": name,
      [controllerUid]: uid,
      [jobName]: name,
    })) {
      if (labels[key] === undefined) labels[key] = value;
    }
    const selector = member(member(spec, "selector"), "matchLabels");
    if (selector[controllerUid] === undefined) selector[controllerUid] = uid;
    // Defaults apply again when an object is read: a Job without labels shows those of its template.
    if (Object.keys(job.metadata.labels ?? {}).length === 0)
      job.metadata.labels = { ...labels } as Record<string, string>;
  },
  validate: jobProblems,
  validateUpdate: jobUpdateProblems,
  warnings: templateWarnings,
  selectable: { "status.successful": (job) => String(numberAt(job.status, "succeeded") ?? 0) },
};

export const cronJobRules: Rules = { generation: true, defaults: defaultCronJob, validate: cronJobProblems };

export const podTemplateRules: Rules = {
  generation: true,
  defaults: (object) => defaultTemplate(object),
};
