/** Volumes of a pod. */
import type { FieldError } from "../schema/index.ts";
import { isObject, type JsonObject, stringAt } from "../types.ts";
import { dnsLabelProblem } from "./names.ts";
import { bad, duplicate, forbidden, required } from "./problems.ts";

export function volumesProblems(volumes: readonly JsonObject[], field: string): FieldError[] {
  const names = new Set<string>();
  return volumes.flatMap((volume, i) => {
    const at = `${field}[${i}]`;
    const problems: FieldError[] = [];
    const name = stringAt(volume, "name") ?? "";
    if (name === "") problems.push(required(`${at}.name`));
    else {
      const problem = dnsLabelProblem(name);
      if (problem !== undefined) problems.push(bad(`${at}.name`, name, problem));
      if (names.has(name)) problems.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    const sources = Object.keys(volume).filter((key) => key !== "name" && isObject(volume[key]));
    for (const extra of sources.slice(1))
      problems.push(forbidden(`${at}.${extra}`, "may not specify more than 1 volume type"));
    return [...problems, ...sourceProblems(volume, at)];
  });
}

function sourceProblems(volume: JsonObject, at: string): FieldError[] {
  const needs: readonly (readonly [source: string, field: string])[] = [
    ["hostPath", "path"],
    ["secret", "secretName"],
    ["configMap", "name"],
    ["persistentVolumeClaim", "claimName"],
    ["nfs", "server"],
    ["nfs", "path"],
    ["csi", "driver"],
  ];
  return needs.flatMap(([source, field]) => {
    const value = volume[source];
    return isObject(value) && (stringAt(value, field) ?? "") === "" ? [required(`${at}.${source}.${field}`)] : [];
  });
}
