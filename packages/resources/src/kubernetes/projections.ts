/** What can be put together in one directory: Secrets, ConfigMaps, pod fields, tokens, certificates. */
import type { Static } from "typebox";
import { atomicList, boolean, int32, int64, named, object, optional, string, stringMap } from "../schema/builders.ts";
import { objectFieldSelector, resourceFieldSelector } from "./environment.ts";
import { keyProjection, labelSelector } from "./selectors.ts";

export const downwardApiFile = object({
  fieldRef: optional(objectFieldSelector),
  mode: optional(int32()),
  path: string(),
  resourceFieldRef: optional(resourceFieldSelector),
});

const clusterTrustBundle = object({
  labelSelector: optional(labelSelector),
  name: optional(string()),
  optional: optional(boolean()),
  path: string(),
  signerName: optional(string()),
});

const podCertificate = object({
  certificateChainPath: optional(string()),
  credentialBundlePath: optional(string()),
  keyPath: optional(string()),
  keyType: string(),
  maxExpirationSeconds: optional(int32()),
  signerName: string(),
  userAnnotations: optional(stringMap()),
});

export const volumeProjection = named(
  "VolumeProjection",
  object({
    clusterTrustBundle: optional(clusterTrustBundle),
    configMap: optional(keyProjection),
    downwardAPI: optional(object({ items: optional(atomicList(downwardApiFile)) })),
    podCertificate: optional(podCertificate),
    secret: optional(keyProjection),
    serviceAccountToken: optional(
      object({ audience: optional(string()), expirationSeconds: optional(int64()), path: string() }),
    ),
  }),
);
export interface VolumeProjection extends Static<typeof volumeProjection> {}
