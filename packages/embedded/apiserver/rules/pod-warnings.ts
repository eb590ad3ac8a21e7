/** What kubectl warns of when a pod is created: names that make odd host names, doubled settings, parts of bytes. */

import { formatQuantity, parseQuantity } from "../schema/index.ts";
import { type JsonObject, type KubeObject, objectAt, objectsAt, stringAt } from "../types.ts";
import { dnsLabelProblem } from "../validation/names.ts";
import { portWarnings } from "./port-warnings.ts";

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
  const containers = ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    objectsAt(spec, list).map((container, i) => ({ container, field: `${field}.${list}[${i}]` })),
  );
  const ports = containers.flatMap(({ container, field }) =>
    objectsAt(container, "ports").map((port, i) => ({ port, field: `${field}.ports[${i}]` })),
  );
  return [
    ...fractionalBytes(objectAt(spec, "overhead"), `${field}.overhead`),
    ...containers.flatMap(({ container, field }) => containerWarnings(container, field)),
    ...portWarnings(ports),
  ];
}

function containerWarnings(container: JsonObject, field: string): string[] {
  const resources = objectAt(container, "resources");
  const fractions = inBytes.flatMap((resource) =>
    ["limits", "requests"].flatMap((list) =>
      fractionalBytes(objectAt(resources, list), `${field}.resources.${list}`, [resource]),
    ),
  );
  return [...fractions, ...duplicateVariables(container, field)];
}

const inBytes = ["memory", "ephemeral-storage"];

/** Amounts of bytes that are no whole number of bytes: mostly `100m` where `100M` was meant. */
function fractionalBytes(
  amounts: JsonObject | undefined,
  field: string,
  resources: readonly string[] = inBytes,
): string[] {
  return resources.flatMap((resource) => {
    const quantity = parseQuantity(String(amounts?.[resource] ?? "0"));
    if (quantity === undefined || quantity.nano % 1_000_000_000n === 0n) return [];
    return [
      `${field}[${resource}]: fractional byte value "${formatQuantity(quantity)}" is invalid, must be an integer`,
    ];
  });
}

function duplicateVariables(container: JsonObject, field: string): string[] {
  const seen = new Set<string>();
  return objectsAt(container, "env").flatMap((variable, i) => {
    const name = stringAt(variable, "name") ?? "";
    const value = stringAt(variable, "value") ?? "";
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const refersToIt = value.includes(`$(${name})`) && value !== `$(${name})`;
    if (refersToIt && variable["valueFrom"] === undefined) return [];
    return [`${field}.env[${i}]: hides previous definition of "${name}", which may be dropped when using apply`];
  });
}
