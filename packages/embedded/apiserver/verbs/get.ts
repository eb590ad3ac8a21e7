/** GET of one object. */
import { notFound } from "../errors.ts";
import { storageKey } from "../storage/stored.ts";
import type { ResourceRequest } from "./context.ts";
import { awaitVersion } from "./fresh.ts";
import { sendStored } from "./respond-object.ts";
import { parseResourceVersion } from "./select.ts";

export async function get(request: ResourceRequest): Promise<void> {
  const { resource, info, platform } = request;
  const atLeast = parseResourceVersion(info.query.get("resourceVersion"));
  if (atLeast !== undefined && atLeast > 0) await awaitVersion(platform, atLeast);
  const stored = platform.store.get(resource.collection, storageKey(info.namespace, info.name));
  if (stored === undefined) throw notFound(resource, info.name);
  await sendStored(request, 200, stored);
}
