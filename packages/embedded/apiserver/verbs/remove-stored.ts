/** The end of an object in the store, and of what goes with it in the same transaction. */
import type { Platform } from "../platform.ts";
import type { Resource } from "../registry/resource.ts";
import type { Stored } from "../storage/stored.ts";

/**
 * Removes the object. With a Service go the Endpoints of its name, as upstream's service registry does it: a new Service of this name
 * must not begin with the addresses of the old one.
 */
export function removeStored({ store }: Platform, resource: Resource, key: string): Promise<Stored> {
  const removed = store.remove(resource.collection, key);
  if (resource.collection !== "services") return removed;
  const endpoints = store.latest("endpoints", key)?.object;
  const isFree = endpoints !== undefined && (endpoints.metadata.finalizers ?? []).length === 0;
  return isFree ? Promise.all([removed, store.remove("endpoints", key)]).then(([stored]) => stored) : removed;
}
