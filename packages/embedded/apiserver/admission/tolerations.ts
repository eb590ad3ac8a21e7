/** Pods stay five minutes on a node that is not ready or not reachable, unless they say otherwise. */
import { isObject, objectsAt, stringAt } from "../types.ts";
import type { AdmissionStep, Admitted } from "./admission.ts";

const seconds = 300;
const keys = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

export const defaultTolerations: AdmissionStep = {
  name: "DefaultTolerationSeconds",
  mutate({ request, object, operation }: Admitted): void {
    if (request.resource.collection !== "pods" || operation === "DELETE" || !isObject(object?.spec)) return;
    if (request.info.subresource !== "") return;
    const own = objectsAt(object.spec, "tolerations");
    const missing = keys.filter((key) => !own.some((t) => tolerates(t, key)));
    if (missing.length === 0) return;
    const added = missing.map((key) => ({ effect: "NoExecute", key, operator: "Exists", tolerationSeconds: seconds }));
    object.spec["tolerations"] = [...own, ...added];
  },
};

function tolerates(toleration: Record<string, unknown>, key: string): boolean {
  const own = stringAt(toleration, "key") ?? "";
  const effect = stringAt(toleration, "effect") ?? "";
  return (own === key || own === "") && (effect === "NoExecute" || effect === "");
}
