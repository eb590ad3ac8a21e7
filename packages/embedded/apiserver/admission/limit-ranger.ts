/** LimitRanges: defaults for containers that say nothing, bounds for those that do. */

import { fill, member } from "../defaults/fill.ts";
import { forbidden } from "../errors.ts";
import { compareAmounts, sumAmounts } from "../quantities.ts";
import { isObject, type JsonObject, type KubeObject, objectAt, objectsAt, stringAt } from "../types.ts";
import type { AdmissionStep, Admitted } from "./admission.ts";

export const limitRanger: AdmissionStep = { name: "LimitRanger", mutate: setDefaults, validate: checkBounds };

function rangesFor({ request, operation }: Admitted): JsonObject[] {
  const { resource, info, platform } = request;
  const isLimited = resource.collection === "pods" || resource.collection === "persistentvolumeclaims";
  if (!isLimited || operation === "DELETE" || info.subresource !== "") return [];
  return [...platform.store.latestOf("limitranges")]
    .filter((stored) => stored.object.metadata.namespace === info.namespace)
    .flatMap((stored) => objectsAt(stored.object.spec, "limits"));
}

function containersOf(pod: KubeObject): JsonObject[] {
  return [...objectsAt(pod.spec, "containers"), ...objectsAt(pod.spec, "initContainers")];
}

function setDefaults(admitted: Admitted): void {
  const { request, object, operation } = admitted;
  if (request.resource.collection !== "pods" || operation !== "CREATE" || !isObject(object?.spec)) return;
  for (const range of rangesFor(admitted).filter((r) => r["type"] === "Container")) {
    const defaults = { limits: objectAt(range, "default"), requests: objectAt(range, "defaultRequest") };
    for (const container of containersOf(object)) {
      const resources = member(container, "resources");
      const ownLimits = objectAt(resources, "limits") ?? {};
      for (const list of ["limits", "requests"] as const) {
        const values = defaults[list];
        if (values === undefined || Object.keys(values).length === 0) continue;
        const hasLimit = (name: string): boolean => list === "requests" && ownLimits[name] !== undefined;
        fill(member(resources, list), Object.fromEntries(Object.entries(values).filter(([name]) => !hasLimit(name))));
      }
    }
  }
}

function checkBounds(admitted: Admitted): void {
  const { request, object } = admitted;
  if (object === undefined) return;
  const problems = rangesFor(admitted).flatMap((range) => boundsProblems(range, object));
  if (problems.length === 0) return;
  const name = object.metadata.name ?? "";
  const text = problems.length === 1 ? (problems[0] ?? "") : `[${problems.join(", ")}]`;
  throw forbidden(request.resource, name, text);
}

function boundsProblems(range: JsonObject, object: KubeObject): string[] {
  const type = stringAt(range, "type") ?? "";
  if (type === "PersistentVolumeClaim" && object.kind === "PersistentVolumeClaim") {
    return problemsOf(range, type, objectAt(object.spec, "resources"));
  }
  if (object.kind !== "Pod") return [];
  if (type === "Container")
    return containersOf(object).flatMap((c) => problemsOf(range, type, objectAt(c, "resources")));
  if (type === "Pod") return problemsOf(range, type, podSums(object));
  return [];
}

function podSums(pod: KubeObject): JsonObject {
  const sums: JsonObject = {};
  for (const list of ["limits", "requests"]) {
    const names = new Set(
      objectsAt(pod.spec, "containers").flatMap((c) => Object.keys(objectAt(objectAt(c, "resources"), list) ?? {})),
    );
    const values = [...names].map((name) => [
      name,
      sumAmounts(objectsAt(pod.spec, "containers").map((c) => objectAt(objectAt(c, "resources"), list)?.[name] ?? "0")),
    ]);
    sums[list] = Object.fromEntries(values);
  }
  return sums;
}

function problemsOf(range: JsonObject, type: string, resources: JsonObject | undefined): string[] {
  const problems: string[] = [];
  const requests = objectAt(resources, "requests") ?? {};
  const limits = objectAt(resources, "limits") ?? {};
  for (const [name, min] of Object.entries(objectAt(range, "min") ?? {})) {
    const request = requests[name];
    if (request === undefined) problems.push(`minimum ${name} usage per ${type} is ${min}.  No request is specified`);
    else if (compareAmounts(request, min) < 0)
      problems.push(`minimum ${name} usage per ${type} is ${min}, but request is ${request}`);
  }
  for (const [name, max] of Object.entries(objectAt(range, "max") ?? {})) {
    const limit = type === "PersistentVolumeClaim" ? requests[name] : limits[name];
    const word = type === "PersistentVolumeClaim" ? "request" : "limit";
    if (limit === undefined) problems.push(`maximum ${name} usage per ${type} is ${max}.  No limit is specified`);
    else if (compareAmounts(limit, max) > 0)
      problems.push(`maximum ${name} usage per ${type} is ${max}, but ${word} is ${limit}`);
  }
  return problems;
}
