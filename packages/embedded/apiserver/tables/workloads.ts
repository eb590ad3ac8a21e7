/** Columns of the workload kinds. */
import { type JsonObject, type KubeObject, numberAt, objectAt, objectsAt, stringAt } from "../types.ts";
import { age, type Column, humanDuration } from "./column.ts";
import {
  ageColumn,
  integer,
  labelsText,
  nameColumn,
  none,
  number,
  selectorText,
  specOf,
  statusOf,
  templateColumns,
  text,
  wide,
} from "./common.ts";

const ownTemplate = templateColumns((object) => objectAt(object.spec, "template"));
const ownSelector = wide(text("Selector", (object) => selectorText(specOf(object)["selector"])));
const readyOf = text("Ready", (o) => `${number(statusOf(o), "readyReplicas")}/${number(specOf(o), "replicas")}`);

export const deploymentColumns: readonly Column[] = [
  nameColumn,
  readyOf,
  { ...integer("Up-to-date", (o) => number(statusOf(o), "updatedReplicas")), type: "string" },
  { ...integer("Available", (o) => number(statusOf(o), "availableReplicas")), type: "string" },
  ageColumn,
  ...ownTemplate,
  ownSelector,
];

export const statefulSetColumns: readonly Column[] = [nameColumn, readyOf, ageColumn, ...ownTemplate];

export const replicaSetColumns: readonly Column[] = [
  nameColumn,
  integer("Desired", (o) => number(specOf(o), "replicas")),
  integer("Current", (o) => number(statusOf(o), "replicas")),
  integer("Ready", (o) => number(statusOf(o), "readyReplicas")),
  ageColumn,
  ...ownTemplate,
  ownSelector,
];

export const replicationControllerColumns: readonly Column[] = [
  ...replicaSetColumns.slice(0, -1),
  wide(text("Selector", (o) => labelsText(objectAt(o.spec, "selector")))),
];

export const daemonSetColumns: readonly Column[] = [
  nameColumn,
  integer("Desired", (o) => number(statusOf(o), "desiredNumberScheduled")),
  integer("Current", (o) => number(statusOf(o), "currentNumberScheduled")),
  integer("Ready", (o) => number(statusOf(o), "numberReady")),
  integer("Up-to-date", (o) => number(statusOf(o), "updatedNumberScheduled")),
  integer("Available", (o) => number(statusOf(o), "numberAvailable")),
  text("Node Selector", (o) => labelsText(objectAt(objectAt(objectAt(o.spec, "template"), "spec"), "nodeSelector"))),
  ageColumn,
  ...ownTemplate,
  ownSelector,
];

function hasCondition(job: KubeObject, type: string): boolean {
  return objectsAt(job.status, "conditions").some((c) => c["type"] === type && c["status"] === "True");
}

const jobStates: readonly (readonly [condition: string, word: string])[] = [
  ["Complete", "Complete"],
  ["Failed", "Failed"],
  ["", "Terminating"],
  ["Suspended", "Suspended"],
  ["FailureTarget", "FailureTarget"],
  ["SuccessCriteriaMet", "SuccessCriteriaMet"],
];

function jobState(job: KubeObject): string {
  for (const [condition, word] of jobStates) {
    const holds = condition === "" ? job.metadata.deletionTimestamp !== undefined : hasCondition(job, condition);
    if (holds) return word;
  }
  return "Running";
}

function completions(job: KubeObject): string {
  const done = number(statusOf(job), "succeeded");
  const wanted = numberAt(job.spec, "completions");
  if (wanted !== undefined) return `${done}/${wanted}`;
  const parallel = numberAt(job.spec, "parallelism") ?? 0;
  return parallel > 1 ? `${done}/1 of ${parallel}` : `${done}/1`;
}

function duration(job: KubeObject, now: number): string {
  const start = stringAt(job.status, "startTime");
  if (start === undefined) return "";
  const end = stringAt(job.status, "completionTime");
  return humanDuration((end === undefined ? now : Date.parse(end)) - Date.parse(start));
}

export const jobColumns: readonly Column[] = [
  nameColumn,
  text("Status", jobState),
  text("Completions", completions),
  { name: "Duration", cell: duration },
  ageColumn,
  ...ownTemplate,
  ownSelector,
];

const jobSpec = (object: KubeObject): JsonObject | undefined => objectAt(objectAt(object.spec, "jobTemplate"), "spec");

export const cronJobColumns: readonly Column[] = [
  nameColumn,
  text("Schedule", (o) => stringAt(o.spec, "schedule")),
  text("Timezone", (o) => stringAt(o.spec, "timeZone") ?? none),
  { name: "Suspend", type: "boolean", cell: (o) => (specOf(o)["suspend"] === true ? "True" : "False") },
  integer("Active", (o) => objectsAt(o.status, "active").length),
  {
    name: "Last Schedule",
    cell: (o, now) => {
      const time = stringAt(o.status, "lastScheduleTime");
      return time === undefined ? none : age(time, now);
    },
  },
  ageColumn,
  ...templateColumns((o) => objectAt(jobSpec(o), "template")),
  wide(text("Selector", (o) => selectorText(jobSpec(o)?.["selector"]))),
];

function controllerOf(object: KubeObject): string {
  const owner = object.metadata.ownerReferences?.find((o) => o.controller === true);
  if (owner === undefined) return none;
  const [group] = owner.apiVersion.includes("/") ? owner.apiVersion.split("/") : [""];
  const kind = owner.kind.toLowerCase();
  return group === "" ? `${kind}/${owner.name}` : `${kind}.${group}/${owner.name}`;
}

export const controllerRevisionColumns: readonly Column[] = [
  nameColumn,
  text("Controller", controllerOf),
  { ...integer("Revision", (o) => numberAt(o, "revision")), type: "string" },
  ageColumn,
];

export const disruptionBudgetColumns: readonly Column[] = [
  nameColumn,
  text("Min Available", (o) => String(specOf(o)["minAvailable"] ?? "N/A")),
  text("Max Unavailable", (o) => String(specOf(o)["maxUnavailable"] ?? "N/A")),
  integer("Allowed Disruptions", (o) => number(statusOf(o), "disruptionsAllowed")),
  ageColumn,
];
