/** Roles and bindings. */
import { equal, type FieldError } from "../schema/index.ts";
import { type JsonObject, type KubeObject, objectAt, objectsAt, stringAt } from "../types.ts";
import { bad, forbidden, required, unsupported } from "./problems.ts";
import { selectorProblems } from "./selector.ts";

const group = "rbac.authorization.k8s.io";

export function roleProblems(role: KubeObject): FieldError[] {
  return objectsAt(role, "rules").flatMap((rule, i) => ruleProblems(rule, `rules[${i}]`, true));
}

export function clusterRoleProblems(role: KubeObject): FieldError[] {
  const selectors = objectsAt(objectAt(role, "aggregationRule"), "clusterRoleSelectors");
  return [
    ...objectsAt(role, "rules").flatMap((rule, i) => ruleProblems(rule, `rules[${i}]`, false)),
    ...selectors.flatMap((s, i) => selectorProblems(s, `aggregationRule.clusterRoleSelectors[${i}]`)),
  ];
}

function count(rule: JsonObject, field: string): number {
  const list = rule[field];
  return Array.isArray(list) ? list.length : 0;
}

function ruleProblems(rule: JsonObject, field: string, isNamespaced: boolean): FieldError[] {
  const problems: FieldError[] = [];
  if (count(rule, "verbs") === 0) problems.push(required(`${field}.verbs`, "verbs must contain at least one value"));
  if (count(rule, "nonResourceURLs") > 0) {
    if (isNamespaced) {
      problems.push(
        bad(`${field}.nonResourceURLs`, rule["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs"),
      );
    }
    if (count(rule, "apiGroups") + count(rule, "resources") + count(rule, "resourceNames") > 0) {
      problems.push(
        bad(
          `${field}.nonResourceURLs`,
          rule["nonResourceURLs"],
          "rules cannot apply to both regular resources and non-resource URLs",
        ),
      );
    }
    return problems;
  }
  if (count(rule, "apiGroups") === 0)
    problems.push(required(`${field}.apiGroups`, "resource rules must supply at least one api group"));
  if (count(rule, "resources") === 0)
    problems.push(required(`${field}.resources`, "resource rules must supply at least one resource"));
  return problems;
}

export function bindingProblems(binding: KubeObject): FieldError[] {
  const reference = objectAt(binding, "roleRef");
  const problems: FieldError[] = [];
  if (stringAt(reference, "apiGroup") !== group)
    problems.push(unsupported("roleRef.apiGroup", reference?.["apiGroup"] ?? "", [group]));
  const kinds = binding.kind === "ClusterRoleBinding" ? ["ClusterRole"] : ["ClusterRole", "Role"];
  const kind = stringAt(reference, "kind") ?? "";
  if (!kinds.includes(kind)) problems.push(unsupported("roleRef.kind", kind, kinds));
  if ((stringAt(reference, "name") ?? "") === "") problems.push(required("roleRef.name"));
  objectsAt(binding, "subjects").forEach((subject, i) => {
    problems.push(...subjectProblems(subject, `subjects[${i}]`, binding.kind === "ClusterRoleBinding"));
  });
  return problems;
}

function subjectProblems(subject: JsonObject, field: string, isCluster: boolean): FieldError[] {
  const problems: FieldError[] = [];
  const kind = stringAt(subject, "kind") ?? "";
  const kinds = ["Group", "ServiceAccount", "User"];
  if ((stringAt(subject, "name") ?? "") === "") problems.push(required(`${field}.name`));
  if (!kinds.includes(kind)) problems.push(unsupported(`${field}.kind`, kind, kinds));
  if (kind === "ServiceAccount" && isCluster && (stringAt(subject, "namespace") ?? "") === "")
    problems.push(required(`${field}.namespace`));
  if (kind === "ServiceAccount" && (stringAt(subject, "apiGroup") ?? "") !== "") {
    problems.push(unsupported(`${field}.apiGroup`, subject["apiGroup"], [""]));
  }
  if (kind !== "ServiceAccount" && (stringAt(subject, "namespace") ?? "") !== "")
    problems.push(forbidden(`${field}.namespace`, ""));
  return problems;
}

export function bindingUpdateProblems(binding: KubeObject, old: KubeObject): FieldError[] {
  return equal(binding["roleRef"], old["roleRef"]) ? [] : [bad("roleRef", binding["roleRef"], "cannot change roleRef")];
}
