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
  selectable: {
    "status.phase": (namespace) => stringAt(namespace.status, "phase") ?? "",
    name: (namespace) => namespace.metadata.name ?? "",
  },
};

function finalizersOf({ spec }: KubeObject): string[] {
  return isObject(spec) && Array.isArray(spec["finalizers"]) ? spec["finalizers"].map(String) : [];
}
