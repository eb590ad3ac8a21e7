/** Claims: the default class for those that name none, growth only where the class allows it. */

import { forbidden } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { compareAmounts } from "../quantities.ts";
import { isObject, type KubeObject, objectAt, stringAt } from "../types.ts";
import type { AdmissionStep, Admitted } from "./admission.ts";

const classes = "storage.k8s.io/storageclasses";
const defaultMarks = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

export const storageAdmission: AdmissionStep = {
  name: "Storage",
  mutate({ request, object, operation }: Admitted): void {
    protect(request.resource.collection, operation, object);
    if (request.resource.collection !== "persistentvolumeclaims" || operation !== "CREATE" || !isObject(object?.spec))
      return;
    if (object.spec["storageClassName"] !== undefined) return;
    if (object.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] !== undefined) return;
    const found = defaultClass(request.platform);
    if (found !== undefined) object.spec["storageClassName"] = found.metadata.name;
  },
  validate({ request, object, old, operation }: Admitted): void {
    const { resource, platform } = request;
    if (resource.collection !== "persistentvolumeclaims" || operation !== "UPDATE" || request.info.subresource !== "")
      return;
    const [size, before] = [requestOf(object), requestOf(old)];
    if (size === undefined || before === undefined || compareAmounts(size, before) <= 0) return;
    const name = object?.metadata.name ?? "";
    if (stringAt(old?.status, "phase") !== "Bound")
      throw forbidden(resource, name, "Only bound persistent volume claims can be expanded");
    const className = stringAt(object?.spec, "storageClassName") ?? "";
    const storageClass = platform.store.latest(classes, className)?.object;
    if (storageClass?.["allowVolumeExpansion"] === true) return;
    const why =
      "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
    throw forbidden(resource, name, why);
  },
};

const protections: Readonly<Record<string, string>> = {
  persistentvolumeclaims: "kubernetes.io/pvc-protection",
  persistentvolumes: "kubernetes.io/pv-protection",
};

/** Claims and volumes in use are not removed: their controller takes this finalizer away when nobody uses them. */
function protect(collection: string, operation: Admitted["operation"], object: KubeObject | undefined): void {
  const finalizer = protections[collection];
  if (finalizer === undefined || operation !== "CREATE" || object === undefined) return;
  const finalizers = object.metadata.finalizers ?? [];
  if (!finalizers.includes(finalizer)) object.metadata.finalizers = [...finalizers, finalizer];
}

function requestOf(claim: KubeObject | undefined): unknown {
  return objectAt(objectAt(claim?.spec, "resources"), "requests")?.["storage"];
}

/** The default class; the newest when several are marked. */
function defaultClass(platform: Platform): KubeObject | undefined {
  const marked = [...platform.store.latestOf(classes)]
    .map((stored) => stored.object)
    .filter((c) => defaultMarks.some((mark) => c.metadata.annotations?.[mark] === "true"));
  const created = (c: KubeObject): string => c.metadata.creationTimestamp ?? "";
  return marked.sort((a, b) => (created(a) < created(b) ? 1 : -1))[0];
}
