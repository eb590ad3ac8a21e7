/** `namespaces/NAME/finalize`: the controller takes its finalizer out of the spec; the namespace goes with the last. */
import { badRequest, notFound } from "../errors.ts";
import { wireObject } from "../registry/codec.ts";
import { clone } from "../schema/index.ts";
import { storageKey } from "../storage/stored.ts";
import { isObject, type KubeObject } from "../types.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { decodeObject, fieldValidationOf, readJson } from "../verbs/decode.ts";
import { sendStored } from "../verbs/respond-object.ts";
import { updateObject } from "../verbs/write.ts";

export async function finalizeNamespace(request: ResourceRequest): Promise<void> {
  const { resource, info, exchange, platform } = request;
  const body = await readJson(exchange);
  if (body === undefined) throw badRequest("the body of the request was empty");
  const validation = fieldValidationOf(info.query);
  const wanted = decodeObject(resource, body.value, { exchange, validation, text: body.text });
  const stored = platform.store.latest(resource.collection, storageKey(info.namespace, info.name));
  if (stored === undefined) throw notFound(resource, info.name);
  const live = wireObject(resource, stored);
  const object = clone(live);
  object.metadata.resourceVersion = wanted.metadata.resourceVersion ?? live.metadata.resourceVersion ?? "";
  object.spec = { ...(isObject(live.spec) ? live.spec : {}), finalizers: finalizersOf(wanted) };
  const written = await updateObject(request, stored, object, { subresource: info.subresource });
  await sendStored(request, 200, written.stored);
}

function finalizersOf({ spec }: KubeObject): string[] {
  return isObject(spec) && Array.isArray(spec["finalizers"]) ? spec["finalizers"].map(String) : [];
}
