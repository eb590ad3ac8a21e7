/** What kubectl warns of when a pod is created: names that make odd host names, doubled settings. */

import { type KubeObject, objectsAt, stringAt } from "../types.ts";
import { dnsLabelProblem } from "../validation/names.ts";

export function podWarnings(pod: KubeObject): string[] {
  const warnings: string[] = [];
  const problem = dnsLabelProblem(pod.metadata.name ?? "");
  if (problem !== undefined) {
    warnings.push(
      `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${problem}]`,
    );
  }
  return [...warnings, ...podSpecWarnings(pod.spec, "spec")];
}

/** For pods and templates. */
export function podSpecWarnings(spec: unknown, field: string): string[] {
  return ["initContainers", "containers"].flatMap((list) =>
    objectsAt(spec, list).flatMap((container, i) => duplicateVariables(container, `${field}.${list}[${i}]`)),
  );
}

function duplicateVariables(container: Record<string, unknown>, field: string): string[] {
  const seen = new Set<string>();
  return objectsAt(container, "env").flatMap((variable, i) => {
    const name = stringAt(variable, "name") ?? "";
    const value = stringAt(variable, "value") ?? "";
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    if (value.includes(`$(${name})`)) return [];
    return [`${field}.env[${i}]: hides previous definition of "${name}", which may be dropped when using apply`];
  });
}
