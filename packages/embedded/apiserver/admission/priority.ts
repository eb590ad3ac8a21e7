/** Pods get the number behind their priority class; system-* classes are for kube-system. */
import { forbidden } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { isObject, type KubeObject, numberAt, stringAt } from "../types.ts";
import type { AdmissionStep, Admitted } from "./admission.ts";

const collection = "scheduling.k8s.io/priorityclasses";

export const priorityAdmission: AdmissionStep = {
  name: "Priority",
  mutate({ request, object, old, operation }: Admitted): void {
    if (request.resource.collection !== "pods" || request.info.subresource !== "" || !isObject(object?.spec)) return;
    const { spec } = object;
    if (operation === "UPDATE" && isObject(old?.spec)) {
      for (const field of ["priority", "preemptionPolicy"])
        if (old.spec[field] !== undefined) spec[field] ??= old.spec[field];
      return;
    }
    if (operation !== "CREATE") return;
    const named = stringAt(spec, "priorityClassName") ?? "";
    const found =
      named === "" ? globalDefault(request.platform) : request.platform.store.latest(collection, named)?.object;
    if (named !== "" && found === undefined) {
      throw forbidden(request.resource, object.metadata.name ?? "", `no PriorityClass with name ${named} was found`);
    }
    if (found !== undefined) spec["priorityClassName"] = found.metadata.name;
    const value = numberAt(found, "value") ?? 0;
    const given = numberAt(spec, "priority");
    if (given !== undefined && given !== value) {
      const why = `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
      throw forbidden(request.resource, object.metadata.name ?? "", why);
    }
    spec["priority"] = value;
    spec["preemptionPolicy"] = stringAt(found, "preemptionPolicy") ?? "PreemptLowerPriority";
  },
  validate({ request, object, operation }: Admitted): void {
    const { platform, resource } = request;
    if (resource.collection !== collection || operation === "DELETE" || object?.["globalDefault"] !== true) return;
    const other = globalDefault(platform);
    if (other === undefined || other.metadata.name === object.metadata.name) return;
    const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
    throw forbidden(resource, object.metadata.name ?? "", why);
  },
};

function globalDefault(platform: Platform): KubeObject | undefined {
  for (const stored of platform.store.latestOf(collection))
    if (stored.object["globalDefault"] === true) return stored.object;
  return undefined;
}
