/** Nobody hands out rights that they do not have themselves, unless they may `escalate` or `bind`. */
import type { PolicyRule } from "kubernetes-types/rbac/v1.js";
import type { Attributes } from "../auth/attributes.ts";
import { covers } from "../auth/rbac.ts";
import { forbidden } from "../errors.ts";
import { equal } from "../schema/index.ts";
import { type KubeObject, objectAt, stringAt } from "../types.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import type { AdmissionStep, Admitted } from "./admission.ts";

const group = "rbac.authorization.k8s.io";

export const rbacEscalation: AdmissionStep = {
  name: "RBACEscalation",
  validate({ request, object, old, operation }: Admitted): void {
    if (request.resource.group !== group || operation === "DELETE" || object === undefined) return;
    if (request.user.groups.includes("system:masters")) return;
    const isBinding = request.resource.kind.endsWith("Binding");
    if (isBinding) checkBinding(request, object, old);
    else checkRole(request, object, old);
  },
};

function checkRole(request: ResourceRequest, role: KubeObject, old: KubeObject | undefined): void {
  if (old !== undefined && equal(old["rules"], role["rules"]) && equal(old["aggregationRule"], role["aggregationRule"]))
    return;
  if (may(request, "escalate", request.resource.plural, role.metadata.name ?? "")) return;
  const rules = (Array.isArray(role["rules"]) ? role["rules"] : []) as PolicyRule[];
  const wanted =
    role["aggregationRule"] === undefined ? rules : [...rules, { apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
  requireAll(request, wanted, role.metadata.name ?? "");
}

function checkBinding(request: ResourceRequest, binding: KubeObject, old: KubeObject | undefined): void {
  if (old !== undefined && equal(old["roleRef"], binding["roleRef"]) && equal(old["subjects"], binding["subjects"]))
    return;
  const reference = objectAt(binding, "roleRef");
  const kind = stringAt(reference, "kind") ?? "";
  const name = stringAt(reference, "name") ?? "";
  if (may(request, "bind", kind === "Role" ? "roles" : "clusterroles", name)) return;
  const rules = request.platform.authorizer.roleRules(kind, name, request.info.namespace);
  if (rules === undefined) {
    throw forbidden(
      request.resource,
      binding.metadata.name ?? "",
      `${kind.toLowerCase()}.${group} ${JSON.stringify(name)} not found`,
    );
  }
  requireAll(request, rules, binding.metadata.name ?? "");
}

function may({ user, info, platform }: ResourceRequest, verb: string, resource: string, name: string): boolean {
  const attributes: Attributes = {
    user,
    verb,
    isResource: true,
    group,
    resource,
    subresource: "",
    namespace: info.namespace,
    name,
    path: "",
  };
  return platform.authorizer.authorize(attributes).allowed;
}

function requireAll(request: ResourceRequest, wanted: readonly PolicyRule[], name: string): void {
  const own = request.platform.authorizer.rulesFor(request.user, request.info.namespace);
  const missing = wanted.filter((rule) => !isCovered(rule, own));
  if (missing.length === 0) return;
  const { user } = request;
  const rules = missing.map((rule) => JSON.stringify(rule)).join("\n");
  throw forbidden(
    request.resource,
    name,
    `user ${JSON.stringify(user.name)} (groups=${JSON.stringify(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${rules}`,
  );
}

/** True when every single right of a rule is among one's own. */
function isCovered(rule: PolicyRule, own: readonly PolicyRule[]): boolean {
  const base = { user: { name: "", groups: [] }, namespace: "", path: "" };
  if (rule.nonResourceURLs !== undefined && rule.nonResourceURLs.length > 0) {
    return rule.nonResourceURLs.every((path) =>
      rule.verbs.every((verb) =>
        own.some((o) =>
          covers(o, { ...base, verb, isResource: false, group: "", resource: "", subresource: "", name: "", path }),
        ),
      ),
    );
  }
  const names = rule.resourceNames === undefined || rule.resourceNames.length === 0 ? [""] : rule.resourceNames;
  return (rule.apiGroups ?? []).every((g) =>
    (rule.resources ?? []).every((full) =>
      rule.verbs.every((verb) =>
        names.every((name) => {
          const [resource = "", subresource = ""] = full.split("/", 2);
          return own.some((o) => covers(o, { ...base, verb, isResource: true, group: g, resource, subresource, name }));
        }),
      ),
    ),
  );
}
