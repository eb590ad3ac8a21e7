/** RBAC: may a user do what a request asks for? Answers from an index of bindings that follows the store. */
import type { ClusterRole, ClusterRoleBinding, PolicyRule, RoleBinding, Subject } from "kubernetes-types/rbac/v1.js";
import type { Store } from "../storage/store.ts";
import { storageKey } from "../storage/stored.ts";
import type { User } from "../types.ts";
import type { Attributes, Decision } from "./attributes.ts";

const group = "rbac.authorization.k8s.io";
const collections = {
  roles: `${group}/roles`,
  clusterRoles: `${group}/clusterroles`,
  roleBindings: `${group}/rolebindings`,
  clusterRoleBindings: `${group}/clusterrolebindings`,
} as const;

/** A binding that names a subject. Namespace "" is the whole cluster. */
interface Grant {
  readonly namespace: string;
  readonly binding: string;
  readonly roleKind: string;
  readonly roleName: string;
}

export class Authorizer {
  readonly #store: Store;
  /** Grants by subject: `User:name`, `Group:name`, `ServiceAccount:namespace:name`. Rebuilt when a binding changes. */
  #grants: Map<string, Grant[]> | undefined;

  constructor(store: Store) {
    this.#store = store;
    const forgetGrants = (): void => {
      this.#grants = undefined;
    };
    store.collection(collections.roleBindings).subscribe(forgetGrants);
    store.collection(collections.clusterRoleBindings).subscribe(forgetGrants);
  }

  authorize(attributes: Attributes): Decision {
    const { user } = attributes;
    if (user.groups.includes("system:masters")) return { allowed: true, reason: "" };
    for (const { grant, subject } of this.#grantsOf(user, attributes.namespace)) {
      const rules = this.#rulesOf(grant);
      if (rules.some((rule) => covers(rule, attributes))) return { allowed: true, reason: allowedBy(grant, subject) };
    }
    return { allowed: false, reason: "" };
  }

  /** Every rule that holds for a user in a namespace ("": the cluster-wide ones only). */
  rulesFor(user: User, namespace: string): PolicyRule[] {
    return this.#grantsOf(user, namespace).flatMap(({ grant }) => [...this.#rulesOf(grant)]);
  }

  /** The rules a role reference stands for; undefined when there is no such role. */
  roleRules(kind: string, name: string, namespace: string): readonly PolicyRule[] | undefined {
    const role =
      kind === "Role"
        ? this.#store.get(collections.roles, storageKey(namespace, name))
        : this.#store.get(collections.clusterRoles, name);
    return role === undefined ? undefined : ((role.object as unknown as ClusterRole).rules ?? []);
  }

  #rulesOf({ roleKind, roleName, namespace }: Grant): readonly PolicyRule[] {
    return this.roleRules(roleKind, roleName, namespace) ?? [];
  }

  #grantsOf(user: User, namespace: string): { grant: Grant; subject: string }[] {
    this.#grants ??= this.#indexGrants();
    const subjects = [`User:${user.name}`, ...user.groups.map((g) => `Group:${g}`)];
    const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user.name);
    if (account !== null) subjects.push(`ServiceAccount:${account[1]}:${account[2]}`);
    const found: { grant: Grant; subject: string }[] = [];
    for (const subject of subjects) {
      for (const grant of this.#grants.get(subject) ?? []) {
        if (grant.namespace === "" || grant.namespace === namespace) found.push({ grant, subject });
      }
    }
    return found;
  }

  #indexGrants(): Map<string, Grant[]> {
    const index = new Map<string, Grant[]>();
    for (const { object } of this.#store.collection(collections.clusterRoleBindings).list()) {
      addGrants(index, "", object as unknown as ClusterRoleBinding);
    }
    for (const { object } of this.#store.collection(collections.roleBindings).list()) {
      addGrants(index, object.metadata.namespace ?? "", object as unknown as RoleBinding);
    }
    return index;
  }
}

function addGrants(index: Map<string, Grant[]>, namespace: string, binding: ClusterRoleBinding | RoleBinding): void {
  const { roleRef, subjects = [] } = binding;
  const grant = { namespace, binding: binding.metadata?.name ?? "", roleKind: roleRef.kind, roleName: roleRef.name };
  for (const subject of subjects) {
    const key = subjectKey(subject, namespace);
    const grants = index.get(key);
    if (grants === undefined) index.set(key, [grant]);
    else grants.push(grant);
  }
}

function subjectKey({ kind, name, namespace }: Subject, bindingNamespace: string): string {
  return kind === "ServiceAccount" ? `${kind}:${namespace ?? bindingNamespace}:${name}` : `${kind}:${name}`;
}

export function allowedBy({ namespace, binding, roleKind, roleName }: Grant, subject: string): string {
  const kind = namespace === "" ? "ClusterRoleBinding" : "RoleBinding";
  const full = namespace === "" ? binding : `${binding}/${namespace}`;
  return `RBAC: allowed by ${kind} ${JSON.stringify(full)} of ${roleKind} ${JSON.stringify(roleName)} to ${subjectText(subject)}`;
}

function subjectText(subject: string): string {
  const [kind = "", ...rest] = subject.split(":");
  if (kind === "ServiceAccount") return `ServiceAccount ${JSON.stringify(`${rest[1]}/${rest[0]}`)}`;
  return `${kind} ${JSON.stringify(rest.join(":"))}`;
}

/** True when a rule allows what the attributes ask for. */
export function covers(rule: PolicyRule, a: Attributes): boolean {
  if (!has(rule.verbs, a.verb)) return false;
  if (!a.isResource) return (rule.nonResourceURLs ?? []).some((pattern) => matchesPath(pattern, a.path));
  if (!has(rule.apiGroups, a.group)) return false;
  const full = a.subresource === "" ? a.resource : `${a.resource}/${a.subresource}`;
  const resources = rule.resources ?? [];
  const fits = has(resources, full) || (a.subresource !== "" && resources.includes(`*/${a.subresource}`));
  if (!fits) return false;
  const names = rule.resourceNames ?? [];
  return names.length === 0 || names.includes(a.name);
}

function has(list: readonly string[] | undefined, wanted: string): boolean {
  return list?.includes("*") === true || list?.includes(wanted) === true;
}

function matchesPath(pattern: string, path: string): boolean {
  return pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1)));
}
