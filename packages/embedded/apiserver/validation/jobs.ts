/** Jobs and CronJobs. */
import { equal, type FieldError } from "../schema/index.ts";
import { isObject, type JsonObject, type KubeObject, objectAt, stringAt } from "../types.ts";
import { cronProblem } from "./cron.ts";
import { notNegative } from "./numbers.ts";
import { podFailurePolicyProblems } from "./pod-failure-policy.ts";
import { bad, immutable, required, unsupported } from "./problems.ts";
import { templateProblems } from "./workloads.ts";

const counts = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
];

export function jobProblems(job: KubeObject, old?: KubeObject): FieldError[] {
  return jobSpecProblems(isObject(job.spec) ? job.spec : {}, "spec", old?.spec);
}

function jobSpecProblems(spec: JsonObject, field: string, before: unknown): FieldError[] {
  const problems = counts.flatMap((count) => notNegative(`${field}.${count}`, spec[count]));
  if (spec["completionMode"] === "Indexed" && spec["completions"] === undefined) {
    problems.push(required(`${field}.completions`, "when completion mode is Indexed"));
  }
  problems.push(...podFailurePolicyProblems(spec, `${field}.podFailurePolicy`));
  const replacement = stringAt(spec, "podReplacementPolicy") ?? "Failed";
  const replacements = spec["podFailurePolicy"] === undefined ? ["Failed", "TerminatingOrFailed"] : ["Failed"];
  if (!replacements.includes(replacement))
    problems.push(unsupported(`${field}.podReplacementPolicy`, replacement, replacements));
  const template = objectAt(spec, "template");
  problems.push(...templateProblems(template, `${field}.template`, objectAt(before, "template")));
  const restart = stringAt(objectAt(template, "spec"), "restartPolicy") ?? "";
  if (restart === "" || restart === "Always") {
    problems.push(
      restart === ""
        ? required(`${field}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')
        : unsupported(`${field}.template.spec.restartPolicy`, restart, ["OnFailure", "Never"]),
    );
  } else if (spec["podFailurePolicy"] !== undefined && restart !== "Never") {
    const detail = 'only "Never" is supported when podFailurePolicy is specified';
    problems.push(bad(`${field}.template.spec.restartPolicy`, restart, detail));
  }
  return problems;
}

export function jobUpdateProblems(job: KubeObject, old: KubeObject): FieldError[] {
  if (!isObject(job.spec) || !isObject(old.spec)) return [];
  const [now, before] = [job.spec, old.spec];
  const problems: FieldError[] = [];
  const fixed = [
    "selector",
    "completionMode",
    "podFailurePolicy",
    "backoffLimitPerIndex",
    "managedBy",
    "successPolicy",
  ];
  if (now["completionMode"] !== "Indexed") fixed.push("completions");
  if (before["suspend"] !== true) fixed.push("template");
  for (const field of fixed) {
    if (!equal(now[field], before[field])) problems.push(bad(`spec.${field}`, now[field] ?? null, immutable));
  }
  return problems;
}

export function cronJobProblems(cronJob: KubeObject, old?: KubeObject): FieldError[] {
  const spec = isObject(cronJob.spec) ? cronJob.spec : {};
  const problems: FieldError[] = [];
  const schedule = stringAt(spec, "schedule") ?? "";
  if (schedule === "") problems.push(required("spec.schedule"));
  else {
    const problem = cronProblem(schedule);
    if (problem !== undefined) problems.push(bad("spec.schedule", schedule, problem));
  }
  const zone = stringAt(spec, "timeZone");
  if (zone !== undefined && !isTimeZone(zone)) problems.push(bad("spec.timeZone", zone, `unknown time zone ${zone}`));
  const policy = stringAt(spec, "concurrencyPolicy") ?? "";
  const policies = ["Allow", "Forbid", "Replace"];
  if (!policies.includes(policy)) problems.push(unsupported("spec.concurrencyPolicy", policy, policies));
  for (const field of ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"]) {
    problems.push(...notNegative(`spec.${field}`, spec[field]));
  }
  if ((cronJob.metadata.name ?? "").length > 52)
    problems.push(bad("metadata.name", cronJob.metadata.name, "must be no more than 52 characters"));
  return [...problems, ...jobSpecProblems(jobSpecOf(spec) ?? {}, "spec.jobTemplate.spec", jobSpecOf(old?.spec))];
}

function jobSpecOf(cronJobSpec: unknown): JsonObject | undefined {
  return objectAt(objectAt(cronJobSpec, "jobTemplate"), "spec");
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
