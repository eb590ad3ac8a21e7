/** The default roles and bindings, from the table that `generate-roles.ts` writes. */
import { readFileSync } from "node:fs";
import type { JsonObject, KubeObject } from "../types.ts";

const group = "rbac.authorization.k8s.io";
const metadata = {
  labels: { "kubernetes.io/bootstrapping": "rbac-defaults" },
  annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
};

interface RoleEntry {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly rules?: readonly string[];
  readonly aggregates?: readonly Record<string, string>[];
}

interface BindingEntry {
  readonly name: string;
  readonly namespace?: string;
  readonly role: string;
  readonly to: readonly string[];
}

export interface BootstrapObject {
  readonly collection: string;
  readonly object: KubeObject;
}

export function bootstrapRoles(): BootstrapObject[] {
  const text = readFileSync(new URL("roles.json", import.meta.url), "utf8");
  const table = JSON.parse(text) as { roles: RoleEntry[]; bindings: BindingEntry[] };
  return [...table.roles.map(role), ...table.bindings.map(binding)];
}

function role({ name, namespace, labels, rules, aggregates }: RoleEntry): BootstrapObject {
  return {
    collection: `${group}/${namespace === undefined ? "clusterroles" : "roles"}`,
    object: {
      kind: namespace === undefined ? "ClusterRole" : "Role",
      apiVersion: `${group}/v1`,
      metadata: {
        ...metadata,
        name,
        ...(namespace !== undefined && { namespace }),
        labels: { ...metadata.labels, ...labels },
      },
      ...(aggregates !== undefined && {
        aggregationRule: { clusterRoleSelectors: aggregates.map((matchLabels) => ({ matchLabels })) },
      }),
      rules: (rules ?? []).map(rule),
    },
  };
}

/** Reads `verbs|groups|resources|names` or `verbs|/paths`. */
function rule(text: string): JsonObject {
  const [verbs = [], second = [], resources, names] = text.split("|").map((part) => part.split(","));
  if (resources === undefined) return { nonResourceURLs: second, verbs };
  return { apiGroups: second, resources, ...(names !== undefined && { resourceNames: names }), verbs };
}

function binding({ name, namespace, role: reference, to }: BindingEntry): BootstrapObject {
  const [kind, roleName] = reference.split(" ");
  return {
    collection: `${group}/${namespace === undefined ? "clusterrolebindings" : "rolebindings"}`,
    object: {
      kind: namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
      apiVersion: `${group}/v1`,
      metadata: { ...metadata, name, ...(namespace !== undefined && { namespace }) },
      roleRef: { apiGroup: group, kind, name: roleName },
      subjects: to.map(subject),
    },
  };
}

function subject(text: string): JsonObject {
  const [kind = "", name = "", namespace] = text.split(" ");
  if (kind === "ServiceAccount") return { kind, name, namespace };
  return { apiGroup: group, kind, name };
}
