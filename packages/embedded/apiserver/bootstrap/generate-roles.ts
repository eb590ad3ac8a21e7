/**
 * Writes `roles.json`: the default roles and bindings, as a real kube-apiserver makes them at its first start.
 *
 *   node generate-roles.ts KUBECONFIG
 *
 * A rule is `verbs|groups|resources|names`, or `verbs|/paths` for paths that are no resources; lists have commas.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from "kubernetes-types/rbac/v1.js";

const [kubeconfig = ""] = process.argv.slice(2);

/** Roles of controllers and features that are not part of this cluster. */
const left =
  /attachdetach|certificate|cloud|legacy-unknown|bootstrap|route-|ttl-controller|horizontal|selinux|validatingadmission|volumeattributes|service-cidrs|resource-claim|token-cleaner|heapster|dra-|kubelet-api-admin|podcert|signer/;

function read<T extends ClusterRole | ClusterRoleBinding>(kind: string): T[] {
  const output = execFileSync("kubectl", ["--kubeconfig", kubeconfig, "get", kind, "-A", "-o", "json"], {
    maxBuffer: 1e8,
  });
  const { items } = JSON.parse(output.toString()) as { items: T[] };
  return items.filter((item) => !left.test(item.metadata?.name ?? ""));
}

function ruleText({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs }: PolicyRule): string {
  if (nonResourceURLs !== undefined) return `${verbs.join(",")}|${nonResourceURLs.join(",")}`;
  return [verbs, apiGroups, resources, ...(resourceNames.length > 0 ? [resourceNames] : [])]
    .map((l) => l.join(","))
    .join("|");
}

function roleEntry(role: ClusterRole): object {
  const { name, namespace, labels = {} } = role.metadata ?? {};
  const { "kubernetes.io/bootstrapping": _b, ...others } = labels;
  const isAggregated = role.aggregationRule !== undefined && role.aggregationRule !== null;
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(Object.keys(others).length > 0 && { labels: others }),
    ...(isAggregated
      ? { aggregates: role.aggregationRule?.clusterRoleSelectors?.map((s) => s.matchLabels) }
      : { rules: (role.rules ?? []).map(ruleText) }),
  };
}

function bindingEntry({ metadata, roleRef, subjects = [] }: ClusterRoleBinding): object {
  const { name, namespace } = metadata ?? {};
  const to = subjects.map((s) => [s.kind, s.name, ...(s.namespace === undefined ? [] : [s.namespace])].join(" "));
  // Upstream's node authorizer does what this binding does here.
  // The embedded node is kubelet and proxy in one.
  if (name === "system:node" || name === "system:node-proxier") to.push("Group system:nodes");
  return { name, ...(namespace !== undefined && { namespace }), role: `${roleRef.kind} ${roleRef.name}`, to };
}

const table = {
  roles: [...read<ClusterRole>("clusterroles"), ...read<ClusterRole>("roles")].map(roleEntry),
  bindings: [...read<ClusterRoleBinding>("clusterrolebindings"), ...read<ClusterRoleBinding>("rolebindings")].map(
    bindingEntry,
  ),
};
const lines = (list: readonly object[]): string => list.map((entry) => JSON.stringify(entry)).join(",\n");
writeFileSync(
  join(import.meta.dirname, "roles.json"),
  `{"roles":[\n${lines(table.roles)}\n],"bindings":[\n${lines(table.bindings)}\n]}\n`,
);
