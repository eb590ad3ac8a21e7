/** Pods: all of a pod's spec at creation, and the little that may change later. */
import { clone, equal, type FieldError } from "../schema/index.ts";
import { isObject, type JsonObject, type KubeObject, numberAt, objectsAt } from "../types.ts";
import { podSpecProblems } from "./pod-spec.ts";
import { bad, forbidden } from "./problems.ts";

export function podProblems(pod: KubeObject): FieldError[] {
  return podSpecProblems(isObject(pod.spec) ? pod.spec : undefined, "spec");
}

export function podCreateProblems(pod: KubeObject): FieldError[] {
  const isEmpty = objectsAt(pod.spec, "ephemeralContainers").length === 0;
  return isEmpty ? [] : [forbidden("spec.ephemeralContainers", "cannot be set on create")];
}

const changeable =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`," +
  "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` " +
  "(allow it to be set to 1 if it was previously negative)";

export function podUpdateProblems(pod: KubeObject, old: KubeObject): FieldError[] {
  if (!isObject(pod.spec) || !isObject(old.spec)) return [];
  for (const list of ["containers", "initContainers"]) {
    if (objectsAt(pod.spec, list).length === objectsAt(old.spec, list).length) continue;
    return [forbidden(`spec.${list}`, "pod updates may not add or remove containers")];
  }
  const problems = [...deadlineProblems(pod.spec, old.spec), ...gateProblems(pod.spec, old.spec)];
  const added = objectsAt(old.spec, "tolerations").filter(
    (t) => !objectsAt(pod.spec, "tolerations").some((n) => sameToleration(t, n)),
  );
  if (added.length > 0)
    problems.push(
      forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds"),
    );
  const comparable = withChangeableFieldsOf(pod.spec, old.spec);
  if (!equal(comparable, old.spec)) {
    problems.push(forbidden("spec", `${changeable}\n${firstDifference(old.spec, comparable)}`));
  }
  return problems;
}

/** The new spec with everything that may change taken from the old one. */
function withChangeableFieldsOf(spec: JsonObject, old: JsonObject): JsonObject {
  const copy = clone(spec);
  for (const list of ["containers", "initContainers"]) {
    const before = objectsAt(old, list);
    objectsAt(copy, list).forEach((container, i) => {
      container["image"] = before[i]?.["image"];
    });
  }
  const fields = ["activeDeadlineSeconds", "schedulingGates", "tolerations"];
  const grace = numberAt(old, "terminationGracePeriodSeconds") ?? 0;
  if (grace < 0 && copy["terminationGracePeriodSeconds"] === 1) fields.push("terminationGracePeriodSeconds");
  if (objectsAt(old, "schedulingGates").length > 0) fields.push("nodeSelector", "affinity");
  for (const field of fields) {
    if (old[field] === undefined) delete copy[field];
    else copy[field] = old[field];
  }
  return copy;
}

function sameToleration(a: JsonObject, b: JsonObject): boolean {
  return equal({ ...a, tolerationSeconds: 0 }, { ...b, tolerationSeconds: 0 });
}

function deadlineProblems(spec: JsonObject, old: JsonObject): FieldError[] {
  const [now, before] = [numberAt(spec, "activeDeadlineSeconds"), numberAt(old, "activeDeadlineSeconds")];
  const field = "spec.activeDeadlineSeconds";
  if (now === undefined)
    return before === undefined ? [] : [bad(field, null, "must not update from a positive integer to nil value")];
  return before !== undefined && before < now ? [bad(field, now, "must be less than or equal to previous value")] : [];
}

function gateProblems(spec: JsonObject, old: JsonObject): FieldError[] {
  const before = objectsAt(old, "schedulingGates").map((g) => g["name"]);
  const added = objectsAt(spec, "schedulingGates").filter((g) => !before.includes(g["name"]));
  return added.map((gate) =>
    forbidden("spec.schedulingGates", `only deletion is allowed, but found new scheduling gate '${gate["name"]}'`),
  );
}

/** Names the fields that differ, for the reader of the message. */
function firstDifference(old: JsonObject, now: JsonObject): string {
  const fields = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (field) => !equal(old[field], now[field]),
  );
  return fields
    .map((field) => `  spec.${field}: ${JSON.stringify(old[field])} -> ${JSON.stringify(now[field])}`)
    .join("\n");
}
