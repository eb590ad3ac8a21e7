/** The spec of a pod or of a pod template. */
import type { FieldError } from "../schema/index.ts";
import { type JsonObject, numberAt, objectAt, objectsAt, stringAt } from "../types.ts";
import { containerProblems } from "./containers.ts";
import { labelsProblems } from "./metadata.ts";
import { dnsLabelProblem, dnsSubdomainProblem } from "./names.ts";
import { bad, required, unsupported } from "./problems.ts";
import { volumesProblems } from "./volumes.ts";

const restartPolicies = ["Always", "OnFailure", "Never"];
const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];

export function podSpecProblems(spec: JsonObject | undefined, field: string): FieldError[] {
  const problems: FieldError[] = [];
  const volumes = objectsAt(spec, "volumes");
  problems.push(...volumesProblems(volumes, `${field}.volumes`));
  const known = new Set(volumes.map((v) => stringAt(v, "name") ?? ""));
  const names = new Set<string>();
  const containers = objectsAt(spec, "containers");
  if (containers.length === 0) problems.push(required(`${field}.containers`));
  containers.forEach((c, i) => {
    problems.push(...containerProblems(c, `${field}.containers[${i}]`, { volumes: known, names, isInit: false }));
  });
  objectsAt(spec, "initContainers").forEach((c, i) => {
    problems.push(...containerProblems(c, `${field}.initContainers[${i}]`, { volumes: known, names, isInit: true }));
  });
  const restartPolicy = stringAt(spec, "restartPolicy") ?? "";
  if (!restartPolicies.includes(restartPolicy))
    problems.push(unsupported(`${field}.restartPolicy`, restartPolicy, restartPolicies));
  const dnsPolicy = stringAt(spec, "dnsPolicy") ?? "";
  if (!dnsPolicies.includes(dnsPolicy)) problems.push(unsupported(`${field}.dnsPolicy`, dnsPolicy, dnsPolicies));
  const nameservers = objectAt(spec, "dnsConfig")?.["nameservers"];
  if (dnsPolicy === "None" && !(Array.isArray(nameservers) && nameservers.length > 0)) {
    problems.push(
      required(`${field}.dnsConfig.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None"),
    );
  }
  problems.push(
    ...labelsProblems(objectAt(spec, "nodeSelector") as Record<string, string> | undefined, `${field}.nodeSelector`),
  );
  for (const [key, judge] of [
    ["serviceAccountName", dnsSubdomainProblem],
    ["nodeName", dnsSubdomainProblem],
    ["hostname", dnsLabelProblem],
    ["subdomain", dnsLabelProblem],
  ] as const) {
    const value = stringAt(spec, key) ?? "";
    const problem = value === "" ? undefined : judge(value);
    if (problem !== undefined) problems.push(bad(`${field}.${key}`, value, problem));
  }
  const deadline = numberAt(spec, "activeDeadlineSeconds");
  if (deadline !== undefined && (deadline < 1 || deadline > 2_147_483_647)) {
    problems.push(bad(`${field}.activeDeadlineSeconds`, deadline, "must be between 1 and 2147483647, inclusive"));
  }
  return [...problems, ...tolerationsProblems(spec, field)];
}

function tolerationsProblems(spec: JsonObject | undefined, field: string): FieldError[] {
  return objectsAt(spec, "tolerations").flatMap((toleration, i) => {
    const at = `${field}.tolerations[${i}]`;
    const operator = stringAt(toleration, "operator") ?? "";
    const problems: FieldError[] = [];
    if ((stringAt(toleration, "key") ?? "") === "" && operator !== "Exists") {
      problems.push(
        bad(
          `${at}.operator`,
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    }
    if (operator === "Exists" && (stringAt(toleration, "value") ?? "") !== "") {
      problems.push(bad(`${at}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
    }
    if (!["", "Equal", "Exists"].includes(operator))
      problems.push(unsupported(`${at}.operator`, operator, ["Equal", "Exists"]));
    const effect = stringAt(toleration, "effect") ?? "";
    const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
    if (effect !== "" && !effects.includes(effect)) problems.push(unsupported(`${at}.effect`, effect, effects));
    return problems;
  });
}
