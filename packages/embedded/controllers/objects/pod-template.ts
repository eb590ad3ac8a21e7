/** A pod made from a controller's template. Pure. */
import { controllerReference, type Owner } from "./owners.ts";
import type { Labels, Pod, PodTemplateSpec } from "./types.ts";

/** A pod of `owner` from `template`; the API server completes the name. `extra` labels win over the template's. */
export function podFromTemplate(owner: Owner, template: PodTemplateSpec, extra: Labels = {}): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: podNamePrefix(owner.metadata.name ?? ""),
      namespace: owner.metadata.namespace ?? "",
      labels: { ...labels, ...extra },
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec ?? { containers: [] },
  };
}

/** `name-`, cut so that a name made from it stays a valid host name of 63 characters. */
export function podNamePrefix(name: string): string {
  return `${name.slice(0, 57)}-`;
}
