/** Claims for storage. */
import type { Static } from "typebox";
import { atomic, atomicList, map, named, object, optional, quantity, string } from "../schema/builders.ts";
import { labelSelector } from "./selectors.ts";

const volumeResources = object({ limits: optional(map(quantity())), requests: optional(map(quantity())) });

export const persistentVolumeClaimSpec = named(
  "PersistentVolumeClaimSpec",
  object({
    accessModes: optional(atomicList(string())),
    dataSource: optional(object({ apiGroup: optional(string()), kind: string(), name: string() }, atomic)),
    dataSourceRef: optional(
      object({ apiGroup: optional(string()), kind: string(), name: string(), namespace: optional(string()) }),
    ),
    resources: optional(volumeResources),
    selector: optional(labelSelector),
    storageClassName: optional(string()),
    volumeAttributesClassName: optional(string()),
    volumeMode: optional(string()),
    volumeName: optional(string()),
  }),
);
export interface PersistentVolumeClaimSpec extends Static<typeof persistentVolumeClaimSpec> {}
