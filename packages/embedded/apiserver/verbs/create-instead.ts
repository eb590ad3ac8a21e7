/** A PUT or an apply of an object that does not exist makes it: that is a create, and what holds for creates holds for it. */
import { attributesOf } from "../auth/attributes.ts";
import { requireAllowed } from "../auth/require-allowed.ts";
import { storageKey } from "../storage/stored.ts";
import type { KubeObject } from "../types.ts";
import type { ResourceRequest } from "./context.ts";
import { createObject, type WriteOptions, type Written } from "./write.ts";

/** Waits for what a create waits for, when there is no such object now. To be called before the object is looked up. */
export async function awaitCreatable(request: ResourceRequest): Promise<void> {
  const { platform, resource, info } = request;
  const live = platform.store.latest(resource.collection, storageKey(info.namespace, info.name));
  if (live === undefined) await platform.admission.prepare(request);
}

/** Makes the object for a user who may not only update but create it; 403 for others. */
export function createInstead(request: ResourceRequest, object: KubeObject, options?: WriteOptions): Promise<Written> {
  const { platform, info, user } = request;
  requireAllowed(platform.authorizer, { ...attributesOf(info, user), verb: "create" });
  return createObject(request, object, options);
}
