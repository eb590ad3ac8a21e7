/** POST of a new object. */
import { badRequest } from "../errors.ts";
import type { ResourceRequest } from "./context.ts";
import { decodeObject, fieldValidationOf, readJson } from "./decode.ts";
import { sendStored } from "./respond-object.ts";
import { createObject } from "./write.ts";

export async function create(request: ResourceRequest): Promise<void> {
  const { resource, info, exchange, platform } = request;
  const validation = fieldValidationOf(info.query);
  const body = await readJson(exchange);
  if (body === undefined)
    throw badRequest(
      `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: EOF`,
    );
  const object = decodeObject(resource, body.value, { exchange, validation, text: body.text });
  await platform.admission.prepare(request);
  const { stored } = await createObject(request, object);
  await sendStored(request, 201, stored);
}
