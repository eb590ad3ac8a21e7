/** Namespaces: active until deleted, then terminating until the finalizer in their spec is gone. */
import type { Rules } from "../registry/resource.ts";
import { isObject, type KubeObject, stringAt } from "../types.ts";
import { dnsLabelProblem } from "../validation/names.ts";

const contents = "kubernetes";
const nameLabel = "kubernetes.io/metadata.name";

export const namespaceRules: Rules = {
  nameProblem: dnsLabelProblem,
  defaults(namespace) {
    namespace.metadata.labels = { ...namespace.metadata.labels, [nameLabel]: namespace.metadata.name ?? "" };
  },
  prepareCreate(namespace) {
    const finalizers = finalizersOf(namespace);
    if (!finalizers.includes(contents)) finalizers.push(contents);
    namespace.spec = { finalizers };
    namespace.status = { phase: "Active" };
  },
  prepareUpdate(namespace, old) {
    namespace.spec = old.spec;
  },
  warnings: podSecurityWarnings,
  selectable: {
    "status.phase": (namespace) => stringAt(namespace.status, "phase") ?? "",
    name: (namespace) => namespace.metadata.name ?? "",
  },
};

const podSecurity = "pod-security.kubernetes.io/";

/** Who writes such a label means it: better told than left in the belief that pods are held to it. */
function podSecurityWarnings({ metadata }: KubeObject): string[] {
  return Object.keys(metadata.labels ?? {})
    .filter((label) => label.startsWith(podSecurity))
    .map((label) => `metadata.labels[${label}]: stored and not enforced: this cluster has no Pod Security admission`);
}

function finalizersOf({ spec }: KubeObject): string[] {
  return isObject(spec) && Array.isArray(spec["finalizers"]) ? spec["finalizers"].map(String) : [];
}
