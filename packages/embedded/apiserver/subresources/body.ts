/** Bodies of sub-resources whose kind is not the resource's own. */
import { badRequest } from "../errors.ts";
import { builtinSchemas, decodeBuiltin } from "../schema/index.ts";
import { isObject, type JsonObject } from "../types.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { readJson } from "../verbs/decode.ts";

/** The body as an object of the given kind; 400 when it is missing or of the wrong shape. */
export async function readBodyOf(
  request: ResourceRequest,
  group: string,
  version: string,
  kind: string,
): Promise<JsonObject> {
  const body = await readJson(request.exchange);
  if (body === undefined || !isObject(body.value)) throw badRequest("the body of the request was empty");
  const given = body.value["kind"];
  if (given !== undefined && given !== kind) {
    throw badRequest(`${given} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`);
  }
  const schema = builtinSchemas.get({ group, version, kind });
  if (schema === undefined) return body.value;
  const decoded = decodeBuiltin(body.value, schema);
  if (decoded.error !== undefined) throw badRequest(decoded.error);
  return decoded.object;
}
