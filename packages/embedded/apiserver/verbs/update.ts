/** PUT of a whole object or of one of its sub-resources that has the object's own shape. */
import { badRequest, notFound } from "../errors.ts";
import { storageKey } from "../storage/stored.ts";
import type { ResourceRequest } from "./context.ts";
import { awaitCreatable, createInstead } from "./create-instead.ts";
import { decodeObject, fieldValidationOf, readJson } from "./decode.ts";
import { sendStored } from "./respond-object.ts";
import { updateObject } from "./write.ts";

export async function update(request: ResourceRequest): Promise<void> {
  const { resource, info, exchange, platform } = request;
  const validation = fieldValidationOf(info.query);
  const body = await readJson(exchange);
  if (body === undefined) throw badRequest("the body of the request was empty");
  const object = decodeObject(resource, body.value, { exchange, validation, text: body.text });
  checkPlace(object.metadata, info);
  if (resource.rules.allowCreateOnUpdate === true) await awaitCreatable(request);
  const live = platform.store.latest(resource.collection, storageKey(info.namespace, info.name));
  const subresource = info.subresource === "" ? undefined : info.subresource;
  if (live === undefined) {
    if (resource.rules.allowCreateOnUpdate !== true || subresource !== undefined) throw notFound(resource, info.name);
    delete object.metadata.resourceVersion;
    const { stored } = await createInstead(request, object);
    await sendStored(request, 201, stored);
    return;
  }
  const { stored } = await updateObject(request, live, object, subresource === undefined ? {} : { subresource });
  await sendStored(request, 200, stored);
}

function checkPlace(metadata: { name?: string; namespace?: string }, info: { name: string; namespace: string }): void {
  const { name = "", namespace = "" } = metadata;
  if (name === "") metadata.name = info.name;
  else if (name !== info.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  }
  if (namespace !== "" && namespace !== info.namespace) {
    throw badRequest(
      `the namespace of the object (${namespace}) does not match the namespace on the request (${info.namespace})`,
    );
  }
}
