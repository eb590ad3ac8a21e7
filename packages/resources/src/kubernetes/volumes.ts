/** Volumes of a pod. Sources that belong to one vendor's disks are in vendor-volumes.ts. */
import type { Static } from "typebox";
import { Type } from "typebox";
import {
  atomic,
  atomicList,
  boolean,
  int32,
  named,
  object,
  optional,
  quantity,
  string,
  stringMap,
} from "../schema/builders.ts";
import { persistentVolumeClaimSpec } from "./claims.ts";
import { downwardApiFile, volumeProjection } from "./projections.ts";
import { keyToPath, localObjectReference } from "./selectors.ts";
import { vendorVolumes } from "./vendor-volumes.ts";

const configMap = object(
  {
    defaultMode: optional(int32()),
    items: optional(atomicList(keyToPath)),
    name: optional(string({ default: "" })),
    optional: optional(boolean()),
  },
  atomic,
);

const csi = object({
  driver: string(),
  fsType: optional(string()),
  nodePublishSecretRef: optional(localObjectReference),
  readOnly: optional(boolean()),
  volumeAttributes: optional(stringMap()),
});

/** Metadata of the claim; labels and annotations are copied to it. */
const claimTemplateMetadata = Type.Unsafe<{ labels?: Record<string, string>; annotations?: Record<string, string> }>({
  type: "object",
});

const ephemeral = object({
  volumeClaimTemplate: optional(object({ metadata: optional(claimTemplateMetadata), spec: persistentVolumeClaimSpec })),
});

const sources = {
  ...vendorVolumes,
  configMap: optional(configMap),
  csi: optional(csi),
  downwardAPI: optional(object({ defaultMode: optional(int32()), items: optional(atomicList(downwardApiFile)) })),
  emptyDir: optional(object({ medium: optional(string()), sizeLimit: optional(quantity()) })),
  ephemeral: optional(ephemeral),
  hostPath: optional(object({ path: string(), type: optional(string()) })),
  image: optional(object({ pullPolicy: optional(string()), reference: optional(string()) })),
  nfs: optional(object({ path: string(), readOnly: optional(boolean()), server: string() })),
  persistentVolumeClaim: optional(object({ claimName: string(), readOnly: optional(boolean()) })),
  projected: optional(object({ defaultMode: optional(int32()), sources: optional(atomicList(volumeProjection)) })),
  secret: optional(
    object({
      defaultMode: optional(int32()),
      items: optional(atomicList(keyToPath)),
      optional: optional(boolean()),
      secretName: optional(string()),
    }),
  ),
};

/** Where the content of a volume comes from. */
export const volumeSource = named("VolumeSource", object(sources));
export interface VolumeSource extends Static<typeof volumeSource> {}

/** A named volume of a pod. */
export const volume = named("Volume", object({ ...sources, name: string() }));
export interface Volume extends Static<typeof volume> {}
