/** Deployments and their kin: selector and template must fit, and some fields never change. */
import { clone, equal, type FieldError } from "../schema/index.ts";
import { labelSelectorOf, type SelectorObject } from "../selectors/labels.ts";
import { isObject, type JsonObject, type KubeObject, numberAt, objectAt, objectsAt, stringAt } from "../types.ts";
import { annotationsProblems, labelsProblems } from "./metadata.ts";
import { dnsLabelProblem } from "./names.ts";
import { countOrPercent, notNegative } from "./numbers.ts";
import { podSpecProblems } from "./pod-spec.ts";
import { bad, forbidden, immutable, required, unsupported } from "./problems.ts";
import { isEmptySelector, selectorProblems } from "./selector.ts";

function specOf(object: KubeObject): JsonObject {
  return isObject(object.spec) ? object.spec : {};
}

function templateOf(spec: JsonObject): JsonObject | undefined {
  return objectAt(spec, "template");
}

/** Labels, annotations and spec of a template, whose object may have had another before. */
export function templateProblems(
  template: JsonObject | undefined,
  field: string,
  before: JsonObject | undefined,
): FieldError[] {
  const metadata = objectAt(template, "metadata");
  return [
    ...labelsProblems(objectAt(metadata, "labels") as Record<string, string> | undefined, `${field}.labels`),
    ...annotationsProblems(
      objectAt(metadata, "annotations") as Record<string, string> | undefined,
      `${field}.annotations`,
    ),
    ...podSpecProblems(objectAt(template, "spec"), `${field}.spec`),
    // What was stored with them from before can still be changed, and go.
    ...(hasEphemeral(template) && !hasEphemeral(before)
      ? [forbidden(`${field}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template")]
      : []),
  ];
}

function hasEphemeral(template: JsonObject | undefined): boolean {
  return objectsAt(objectAt(template, "spec"), "ephemeralContainers").length > 0;
}

/** Selector and template of a controller that keeps its pods running. */
function selectedTemplateProblems(spec: JsonObject, kind: string, old: KubeObject | undefined): FieldError[] {
  const selector = spec["selector"];
  const problems: FieldError[] = [];
  if (!isObject(selector)) problems.push(required("spec.selector"));
  else {
    problems.push(...selectorProblems(selector, "spec.selector"));
    if (isEmptySelector(selector))
      problems.push(bad("spec.selector", selector, `empty selector is invalid for ${kind}`));
  }
  const labels = objectAt(objectAt(templateOf(spec), "metadata"), "labels") as Record<string, string> | undefined;
  if (
    isObject(selector) &&
    !isEmptySelector(selector) &&
    !labelSelectorOf(selector as SelectorObject).matches(labels)
  ) {
    problems.push(bad("spec.template.metadata.labels", labels ?? null, "`selector` does not match template `labels`"));
  }
  problems.push(...templateProblems(templateOf(spec), "spec.template", objectAt(old?.spec, "template")));
  const restart = stringAt(objectAt(templateOf(spec), "spec"), "restartPolicy") ?? "";
  if (restart !== "Always" && restart !== "")
    problems.push(unsupported("spec.template.spec.restartPolicy", restart, ["Always"]));
  if (objectAt(templateOf(spec), "spec")?.["activeDeadlineSeconds"] !== undefined) {
    problems.push(
      forbidden(
        "spec.template.spec.activeDeadlineSeconds",
        `activeDeadlineSeconds in ${kindName(kind)} is not Supported`,
      ),
    );
  }
  return problems;
}

function kindName(kind: string): string {
  return { deployment: "ReplicaSet", "daemon set": "DaemonSet", statefulset: "StatefulSet" }[kind] ?? "ReplicaSet";
}

function counts(spec: JsonObject, fields: readonly string[]): FieldError[] {
  return fields.flatMap((field) => notNegative(`spec.${field}`, spec[field]));
}

export function deploymentProblems(deployment: KubeObject, old?: KubeObject): FieldError[] {
  const spec = specOf(deployment);
  const problems = [
    ...counts(spec, ["replicas"]),
    ...selectedTemplateProblems(spec, "deployment", old),
    ...strategyProblems(objectAt(spec, "strategy")),
    ...counts(spec, ["minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"]),
  ];
  const deadline = numberAt(spec, "progressDeadlineSeconds");
  if (deadline !== undefined && deadline <= (numberAt(spec, "minReadySeconds") ?? 0)) {
    problems.push(bad("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"));
  }
  return problems;
}

function strategyProblems(strategy: JsonObject | undefined): FieldError[] {
  const type = stringAt(strategy, "type") ?? "";
  const update = objectAt(strategy, "rollingUpdate");
  if (type === "Recreate") {
    return update === undefined
      ? []
      : [forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")];
  }
  if (type !== "RollingUpdate") return [unsupported("spec.strategy.type", type, ["Recreate", "RollingUpdate"])];
  const problems = ["maxUnavailable", "maxSurge"].flatMap((f) =>
    countOrPercent(`spec.strategy.rollingUpdate.${f}`, update?.[f]),
  );
  const isZero = (value: unknown): boolean => value === 0 || value === "0%";
  if (isZero(update?.["maxUnavailable"]) && isZero(update?.["maxSurge"])) {
    problems.push(
      bad(
        "spec.strategy.rollingUpdate.maxUnavailable",
        update?.["maxUnavailable"],
        "may not be 0 when `maxSurge` is 0",
      ),
    );
  }
  return problems;
}

export function replicaSetProblems(replicaSet: KubeObject, old?: KubeObject): FieldError[] {
  const spec = specOf(replicaSet);
  return [...counts(spec, ["replicas", "minReadySeconds"]), ...selectedTemplateProblems(spec, "deployment", old)];
}

export function replicationControllerProblems(controller: KubeObject, old?: KubeObject): FieldError[] {
  const spec = specOf(controller);
  const problems = counts(spec, ["replicas", "minReadySeconds"]);
  if (Object.keys(objectAt(spec, "selector") ?? {}).length === 0) problems.push(required("spec.selector"));
  if (templateOf(spec) === undefined) return [...problems, required("spec.template")];
  return [...problems, ...templateProblems(templateOf(spec), "spec.template", objectAt(old?.spec, "template"))];
}

export function daemonSetProblems(daemonSet: KubeObject, old?: KubeObject): FieldError[] {
  const spec = specOf(daemonSet);
  return [
    ...counts(spec, ["minReadySeconds", "revisionHistoryLimit"]),
    ...selectedTemplateProblems(spec, "daemonset", old),
  ];
}

export function statefulSetProblems(statefulSet: KubeObject, old?: KubeObject): FieldError[] {
  const spec = specOf(statefulSet);
  const problems: FieldError[] = [];
  const nameProblem = dnsLabelProblem(statefulSet.metadata.name ?? "");
  if (nameProblem !== undefined) problems.push(bad("metadata.name", statefulSet.metadata.name, nameProblem));
  const policy = stringAt(spec, "podManagementPolicy") ?? "";
  if (policy !== "OrderedReady" && policy !== "Parallel") {
    problems.push(bad("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'"));
  }
  const strategy = objectAt(spec, "updateStrategy");
  const type = stringAt(strategy, "type") ?? "";
  const update = objectAt(strategy, "rollingUpdate");
  if (type === "OnDelete" && update !== undefined) {
    problems.push(bad("spec.updateStrategy.rollingUpdate", update, "only allowed for updateStrategy 'RollingUpdate'"));
  } else if (type === "RollingUpdate") {
    problems.push(...notNegative("spec.updateStrategy.rollingUpdate.partition", update?.["partition"]));
  } else if (type !== "OnDelete") {
    problems.push(bad("spec.updateStrategy", strategy ?? {}, "must be 'RollingUpdate' or 'OnDelete'"));
  }
  objectsAt(spec, "volumeClaimTemplates").forEach((claim, i) => {
    if ((stringAt(objectAt(claim, "metadata"), "name") ?? "") === "") {
      problems.push(required(`spec.volumeClaimTemplates[${i}].metadata.name`));
    }
  });
  const withClaims = withClaimVolumes(spec);
  return [
    ...problems,
    ...counts(spec, ["replicas", "minReadySeconds", "revisionHistoryLimit"]),
    ...selectedTemplateProblems(withClaims, "statefulset", old),
  ];
}

/** Mounts of a StatefulSet's template may name its claim templates: the pods will have volumes of these names. */
function withClaimVolumes(spec: JsonObject): JsonObject {
  const claims = objectsAt(spec, "volumeClaimTemplates").map((c) => stringAt(objectAt(c, "metadata"), "name") ?? "");
  if (claims.length === 0) return spec;
  const copy = clone(spec);
  const podSpec = objectAt(templateOf(copy), "spec");
  if (podSpec === undefined) return copy;
  const own = objectsAt(podSpec, "volumes").filter((v) => !claims.includes(stringAt(v, "name") ?? ""));
  podSpec["volumes"] = [
    ...own,
    ...claims.filter((c) => c !== "").map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
  ];
  return copy;
}

const statefulSetChangeable = [
  "replicas",
  "template",
  "updateStrategy",
  "minReadySeconds",
  "ordinals",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
];

export function statefulSetUpdateProblems(statefulSet: KubeObject, old: KubeObject): FieldError[] {
  const [now, before] = [{ ...specOf(statefulSet) }, { ...specOf(old) }];
  for (const field of statefulSetChangeable) {
    delete now[field];
    delete before[field];
  }
  if (equal(now, before)) return [];
  return [
    forbidden(
      "spec",
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', " +
        "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ),
  ];
}

/** The selector of Deployments, DaemonSets and ReplicaSets is for ever. */
export function selectorUnchanged(object: KubeObject, old: KubeObject): FieldError[] {
  const [now, before] = [specOf(object)["selector"], specOf(old)["selector"]];
  return equal(now, before) ? [] : [bad("spec.selector", now ?? null, immutable)];
}
