/** Claims, volumes, storage classes. */
import { compareAmounts } from "../quantities.ts";
import { equal, type FieldError } from "../schema/index.ts";
import { isObject, type JsonObject, type KubeObject, objectAt, stringAt } from "../types.ts";
import { bad, forbidden, immutable, required, unsupported } from "./problems.ts";
import { selectorProblems } from "./selector.ts";

const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

function accessModeProblems(spec: JsonObject): FieldError[] {
  const modes = Array.isArray(spec["accessModes"]) ? spec["accessModes"].map(String) : [];
  if (modes.length === 0) return [required("spec.accessModes", "at least 1 access mode is required")];
  return modes.filter((m) => !accessModes.includes(m)).map((m) => unsupported("spec.accessModes", m, accessModes));
}

function storageRequest(spec: unknown): string | undefined {
  const value = objectAt(objectAt(spec, "resources"), "requests")?.["storage"];
  return value === undefined ? undefined : String(value);
}

export function claimProblems(claim: KubeObject): FieldError[] {
  const spec = isObject(claim.spec) ? claim.spec : {};
  const problems = [...accessModeProblems(spec), ...selectorProblems(spec["selector"], "spec.selector")];
  const size = storageRequest(spec);
  if (size === undefined) problems.push(required("spec.resources[storage]"));
  else if (compareAmounts(size, "0") <= 0)
    problems.push(bad("spec.resources[storage]", size, "must be greater than zero"));
  const mode = stringAt(spec, "volumeMode");
  if (mode !== undefined && mode !== "Filesystem" && mode !== "Block")
    problems.push(unsupported("spec.volumeMode", mode, ["Block", "Filesystem"]));
  return problems;
}

export function claimUpdateProblems(claim: KubeObject, old: KubeObject): FieldError[] {
  const [now, before] = [structuredClone(claim.spec), structuredClone(old.spec)];
  if (!isObject(now) || !isObject(before)) return [];
  if ((stringAt(before, "volumeName") ?? "") === "") before["volumeName"] = now["volumeName"];
  if (before["storageClassName"] === undefined) before["storageClassName"] = now["storageClassName"];
  const [size, oldSize] = [storageRequest(now), storageRequest(before)];
  if (stringAt(claim.status, "phase") === "Bound") {
    const requests = objectAt(objectAt(now, "resources"), "requests");
    if (requests !== undefined) requests["storage"] = objectAt(objectAt(before, "resources"), "requests")?.["storage"];
    before["volumeAttributesClassName"] = now["volumeAttributesClassName"];
  }
  const problems: FieldError[] = [];
  if (!equal(now, before)) {
    const why =
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    problems.push(forbidden("spec", `${why}\n${difference(before, now)}`));
  }
  const capacity = objectAt(old.status, "capacity")?.["storage"];
  if (size !== undefined && oldSize !== undefined && compareAmounts(size, oldSize) < 0) {
    if (capacity === undefined || compareAmounts(size, String(capacity)) <= 0) {
      problems.push(forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"));
    }
  }
  return problems;
}

function difference(before: JsonObject, now: JsonObject): string {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((f) => !equal(before[f], now[f]));
  return fields.map((f) => `  spec.${f}: ${JSON.stringify(before[f])} -> ${JSON.stringify(now[f])}`).join("\n");
}

const volumeSettings = new Set([
  "accessModes",
  "capacity",
  "claimRef",
  "mountOptions",
  "nodeAffinity",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "volumeAttributesClassName",
  "volumeMode",
]);

export function volumeProblems(volume: KubeObject): FieldError[] {
  const spec = isObject(volume.spec) ? volume.spec : {};
  const problems = accessModeProblems(spec);
  if (Object.keys(objectAt(spec, "capacity") ?? {}).length === 0) problems.push(required("spec.capacity"));
  const sources = Object.keys(spec).filter((field) => !volumeSettings.has(field) && isObject(spec[field]));
  if (sources.length === 0) problems.push(required("spec", "must specify a volume type"));
  for (const extra of sources.slice(1))
    problems.push(forbidden(`spec.${extra}`, "may not specify more than 1 volume type"));
  const policy = stringAt(spec, "persistentVolumeReclaimPolicy") ?? "";
  const policies = ["Delete", "Recycle", "Retain"];
  if (!policies.includes(policy)) problems.push(unsupported("spec.persistentVolumeReclaimPolicy", policy, policies));
  return problems;
}

export function volumeUpdateProblems(volume: KubeObject, old: KubeObject): FieldError[] {
  const [now, before] = [volume.spec, old.spec];
  if (!isObject(now) || !isObject(before)) return [];
  const sources = [...new Set([...Object.keys(now), ...Object.keys(before)])].filter((f) => !volumeSettings.has(f));
  if (sources.some((source) => !equal(now[source], before[source]))) {
    return [forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation")];
  }
  return equal(now["volumeMode"], before["volumeMode"])
    ? []
    : [bad("volumeMode", now["volumeMode"] ?? null, immutable)];
}

export function storageClassProblems(storageClass: KubeObject): FieldError[] {
  const problems: FieldError[] = [];
  if ((stringAt(storageClass, "provisioner") ?? "") === "") problems.push(required("provisioner"));
  const policy = stringAt(storageClass, "reclaimPolicy") ?? "";
  if (policy !== "Delete" && policy !== "Retain")
    problems.push(unsupported("reclaimPolicy", policy, ["Delete", "Retain"]));
  const mode = stringAt(storageClass, "volumeBindingMode") ?? "";
  const modes = ["Immediate", "WaitForFirstConsumer"];
  if (!modes.includes(mode)) problems.push(unsupported("volumeBindingMode", mode, modes));
  return problems;
}

export function storageClassUpdateProblems(now: KubeObject, old: KubeObject): FieldError[] {
  const problems: FieldError[] = [];
  if (!equal(now["parameters"] ?? {}, old["parameters"] ?? {}))
    problems.push(forbidden("parameters", "updates to parameters are forbidden."));
  if (now["provisioner"] !== old["provisioner"])
    problems.push(forbidden("provisioner", "updates to provisioner are forbidden."));
  if (now["reclaimPolicy"] !== old["reclaimPolicy"])
    problems.push(forbidden("reclaimPolicy", "updates to reclaimPolicy are forbidden."));
  if (now["volumeBindingMode"] !== old["volumeBindingMode"])
    problems.push(bad("volumeBindingMode", now["volumeBindingMode"], immutable));
  return problems;
}
