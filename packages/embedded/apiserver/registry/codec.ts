/** Stored objects as a resource's version shows them. */
import { encodeObject, type Stored, typePrefixLength } from "../storage/stored.ts";
import type { KubeObject } from "../types.ts";
import { apiVersionOf, type Resource } from "./resource.ts";

/** Whether the stored bytes can go out as they are. */
function isStoredForm(resource: Resource, stored: Stored): boolean {
  if (resource.storedAs !== undefined) return false;
  if (!resource.isCustom || resource.storageVersion === resource.version) return true;
  return stored.object.apiVersion === apiVersionOf(resource);
}

/** The object in the resource's version. Shared when it needs no conversion: copy before changing it. */
export function wireObject(resource: Resource, stored: Stored): KubeObject {
  if (isStoredForm(resource, stored)) return stored.object;
  const object = structuredClone(stored.object);
  object.apiVersion = apiVersionOf(resource);
  resource.storedAs?.fromStored(object);
  resource.custom?.default(object);
  return object;
}

export function wireBytes(resource: Resource, stored: Stored): Buffer {
  if (isStoredForm(resource, stored)) return stored.bytes;
  return encodeObject(wireObject(resource, stored), stored.resourceVersion).bytes;
}

/** As an item of a list: objects of built-in kinds come there without kind and apiVersion. */
export function listItemBytes(resource: Resource, stored: Stored): Buffer {
  const bytes = wireBytes(resource, stored);
  if (resource.isCustom) return bytes;
  return bytes.subarray(typePrefixLength(resource.kind, apiVersionOf(resource)));
}

/** What stands before the bytes of `listItemBytes`. */
export function listItemOpening(resource: Resource): string {
  return resource.isCustom ? "" : "{";
}

/** The object as it is stored, from the resource's version. May change the given object. */
export function storedForm(resource: Resource, object: KubeObject, storageVersion?: string): KubeObject {
  if (resource.storedAs !== undefined) {
    resource.storedAs.toStored(object);
    object.apiVersion = resource.storedAs.apiVersion;
  }
  if (storageVersion !== undefined) object.apiVersion = `${resource.group}/${storageVersion}`;
  return object;
}
