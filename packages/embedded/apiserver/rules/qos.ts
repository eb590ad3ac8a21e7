/** The quality-of-service class of a pod, from its containers' requests and limits. */
import { compareAmounts } from "../quantities.ts";
import { type JsonObject, type KubeObject, objectAt, objectsAt } from "../types.ts";

const counted = ["cpu", "memory"] as const;

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

export function qosClass(pod: KubeObject): QosClass {
  const own = objectAt(pod.spec, "resources");
  const all =
    own === undefined
      ? [...objectsAt(pod.spec, "containers"), ...objectsAt(pod.spec, "initContainers")].map(resourcesOf)
      : [own];
  if (!all.some(asksForAnything)) return "BestEffort";
  return all.every(isGuaranteed) ? "Guaranteed" : "Burstable";
}

function resourcesOf(container: JsonObject): JsonObject {
  return objectAt(container, "resources") ?? {};
}

function quantityOf(resources: JsonObject, list: "limits" | "requests", name: string): string {
  const value = objectAt(resources, list)?.[name];
  return value === undefined ? "" : String(value);
}

function isPositive(quantity: string): boolean {
  return quantity !== "" && compareAmounts(quantity, "0") > 0;
}

function asksForAnything(resources: JsonObject): boolean {
  return counted.some(
    (name) => isPositive(quantityOf(resources, "requests", name)) || isPositive(quantityOf(resources, "limits", name)),
  );
}

function isGuaranteed(resources: JsonObject): boolean {
  return counted.every((name) => {
    const limit = quantityOf(resources, "limits", name);
    const request = quantityOf(resources, "requests", name) || limit;
    return isPositive(limit) && compareAmounts(request, limit) === 0;
  });
}
