/** `PartialObjectMetadata`: an object's metadata alone, for clients that need no more. */
import type { JsonObject, KubeObject } from "../types.ts";

export function partialMetadata(object: KubeObject, version = "v1"): JsonObject {
  return { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}

export function partialMetadataList(objects: readonly KubeObject[], metadata: JsonObject, version = "v1"): JsonObject {
  return {
    kind: "PartialObjectMetadataList",
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    items: objects.map((object) => partialMetadata(object)),
  };
}
