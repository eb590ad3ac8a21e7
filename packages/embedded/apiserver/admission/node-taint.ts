/** A new node takes no pods until its controller has seen it ready. */
import { isObject, objectsAt } from "../types.ts";
import type { AdmissionStep, Admitted } from "./admission.ts";

const notReady = { effect: "NoSchedule", key: "node.kubernetes.io/not-ready" };

export const nodeTaint: AdmissionStep = {
  name: "TaintNodesByCondition",
  mutate({ request, object, operation }: Admitted): void {
    if (request.resource.collection !== "nodes" || operation !== "CREATE" || object === undefined) return;
    const spec = isObject(object.spec) ? object.spec : {};
    const taints = objectsAt(spec, "taints");
    if (taints.some((t) => t["key"] === notReady.key && t["effect"] === notReady.effect)) return;
    object.spec = { ...spec, taints: [...taints, notReady] };
  },
};
