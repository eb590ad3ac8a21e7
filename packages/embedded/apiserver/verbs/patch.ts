/** PATCH in its four forms. */
import { badRequest, conflict, invalid, notFound, StatusError, unsupportedMediaType } from "../errors.ts";
import { mediaType, readBody } from "../http/body.ts";
import { isTrue } from "../http/request-info.ts";
import { type Exchange, warn } from "../http/respond.ts";
import {
  applyJsonPatch,
  applyMergePatch,
  applyServerSide,
  applyStrategicMergePatch,
  goPrint,
  PatchError,
} from "../patch/index.ts";
import { wireObject } from "../registry/codec.ts";
import { apiVersionOf, type Resource } from "../registry/resource.ts";
import { findDuplicateFields, type SchemaNode } from "../schema/index.ts";
import { type Stored, storageKey } from "../storage/stored.ts";
import { isObject, type JsonObject, type KubeObject } from "../types.ts";
import { fieldManager, type ResourceRequest, timestamp } from "./context.ts";
import { awaitCreatable, createInstead } from "./create-instead.ts";
import { decodeObject, type FieldValidation, fieldValidationOf } from "./decode.ts";
import { parseYaml } from "./parse-yaml.ts";
import { sendStored } from "./respond-object.ts";
import { resetFields, updateObject, type Written } from "./write.ts";

const json = "application/json-patch+json";
const merge = "application/merge-patch+json";
const strategic = "application/strategic-merge-patch+json";
const applyYaml = "application/apply-patch+yaml";

export function acceptedPatchTypes(resource: Resource): string[] {
  return !resource.isCustom ? [json, merge, strategic, applyYaml] : [json, merge, applyYaml];
}

export async function patch(request: ResourceRequest): Promise<void> {
  const { resource, info, exchange } = request;
  const type = mediaType(exchange.request.headers["content-type"]);
  if (!acceptedPatchTypes(resource).includes(type)) throw unsupportedMediaType(acceptedPatchTypes(resource));
  checkOptions(type, info.query);
  const text = await readBody(exchange.request);
  const written = type === applyYaml ? await apply(request, text) : await change(request, type, text);
  await sendStored(request, written.created ? 201 : 200, written.stored);
}

function checkOptions(type: string, query: URLSearchParams): void {
  const problem = (field: string, detail: string, required: boolean): Error =>
    invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", [
      { type: required ? "FieldValueRequired" : "FieldValueForbidden", field, detail },
    ]);
  if (type === applyYaml) {
    if ((query.get("fieldManager") ?? "") === "") throw problem("fieldManager", "is required for apply patch", true);
  } else if (query.get("force") !== null) {
    throw problem("force", "may not be specified for non-apply patch", false);
  }
}

/** JSON, merge and strategic merge patches: they need an object to change. */
async function change(request: ResourceRequest, type: string, text: Buffer): Promise<Written> {
  const { live, object } = applyToLive(request, type, text);
  const subresource = request.info.subresource === "" ? {} : { subresource: request.info.subresource };
  return updateObject(request, live, object, subresource);
}

/** The object that a patch makes of the live one, for sub-resources that take only a part of it. */
export async function patchedObject(request: ResourceRequest): Promise<KubeObject> {
  const { resource, exchange } = request;
  const type = mediaType(exchange.request.headers["content-type"]);
  if (type === applyYaml || !acceptedPatchTypes(resource).includes(type))
    throw unsupportedMediaType(acceptedPatchTypes(resource));
  return applyToLive(request, type, await readBody(exchange.request)).object;
}

function applyToLive(request: ResourceRequest, type: string, text: Buffer): { live: Stored; object: KubeObject } {
  const { resource, info, exchange, platform } = request;
  const validation = fieldValidationOf(info.query);
  const document = parsePatch(text);
  const badValue = type === strategic ? goPrint(document) : text.toString();
  const invalidPatch = (detail: string): StatusError =>
    invalid({ group: "", kind: "" }, "", [{ type: "FieldValueInvalid", field: "patch", badValue, detail }]);
  if (validation !== "Ignore") {
    const duplicates = findDuplicateFields(text);
    if (duplicates.length > 0 && validation === "Strict")
      throw invalidPatch(`strict decoding error: ${duplicates.join(", ")}`);
    for (const sentence of duplicates) warn(exchange, sentence);
  }
  const live = platform.store.latest(resource.collection, storageKey(info.namespace, info.name));
  if (live === undefined) throw notFound(resource, info.name);
  const patched = applyPatch(resource, type, wireObject(resource, live), document);
  const object = decodePatched(request, patched, validation, invalidPatch);
  checkIdentity(object, live, info);
  return { live, object };
}

function decodePatched(
  { resource, exchange }: ResourceRequest,
  patched: unknown,
  validation: FieldValidation,
  invalidPatch: (detail: string) => StatusError,
): KubeObject {
  try {
    return decodeObject(resource, patched, { exchange, validation });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const at = error.message.indexOf("strict decoding error");
    throw at < 0 ? error : invalidPatch(error.message.slice(at));
  }
}

function parsePatch(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString("utf8"));
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : error}`);
  }
}

function applyPatch(resource: Resource, type: string, live: KubeObject, document: unknown): unknown {
  try {
    if (type === json) return applyJsonPatch(live, document);
    if (type === merge) return applyMergePatch(live, document);
    const schema = resource.schema();
    if (schema === undefined) throw unsupportedMediaType(acceptedPatchTypes(resource));
    return applyStrategicMergePatch(live, document, schema);
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    if (error.status === 400) throw badRequest(error.message);
    if (error.status === 500) throw new StatusError(500, "", error.message);
    throw new StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {});
  }
}

function checkIdentity(object: KubeObject, live: Stored, info: { name: string; namespace: string }): void {
  const { name, namespace } = object.metadata;
  if (name !== info.name)
    throw badRequest(`the name of the object (${name ?? ""}) does not match the name on the URL (${info.name})`);
  if ((namespace ?? "") !== info.namespace) {
    throw badRequest(
      `the namespace of the object (${namespace ?? ""}) does not match the namespace on the request (${info.namespace})`,
    );
  }
  if (object.metadata.resourceVersion === undefined) object.metadata.resourceVersion = String(live.resourceVersion);
}

/** Server-side apply: makes the object when there is none. */
async function apply(request: ResourceRequest, text: Buffer): Promise<Written> {
  const { resource, info, exchange, platform } = request;
  const validation = fieldValidationOf(info.query);
  const document = await parseApplied(text);
  const { apiVersion, kind } = document;
  if (apiVersion === undefined || kind === undefined) {
    throw badRequest("apiVersion and kind must be set in the applied configuration");
  }
  if (apiVersion !== apiVersionOf(resource) || kind !== resource.kind) {
    const [version = "", group = ""] = String(apiVersion).split("/").reverse();
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${kind}`);
  }
  // What is applied stays as the user wrote it: decoding would add fields that nobody meant.
  const applied = document as unknown as KubeObject;
  const schema: SchemaNode | undefined = resource.schema();
  reportDuplicates(isJson(text) ? findDuplicateFields(text) : [], { exchange, validation });
  applied.metadata ??= {};
  applied.metadata.name ??= info.name;
  if (applied.metadata.name !== info.name) {
    throw badRequest(
      `the name of the object (${applied.metadata.name}) does not match the name on the URL (${info.name})`,
    );
  }

  await awaitCreatable(request);
  const live = platform.store.latest(resource.collection, storageKey(info.namespace, info.name));
  const { uid, resourceVersion } = applied.metadata;
  if (live === undefined && uid !== undefined) {
    throw conflict(
      resource,
      info.name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  }
  const outcome = applyServerSide({
    live: live === undefined ? undefined : wireObject(resource, live),
    applied,
    manager: fieldManager(request),
    force: isTrue(info.query.get("force")),
    schema,
    subresource: info.subresource === "" ? undefined : info.subresource,
    resetFields: resetFields(resource, info.subresource === "" ? undefined : info.subresource),
    now: timestamp(platform.now()),
  });
  if (outcome.type === "conflict") throw new StatusError(409, "Conflict", outcome.message, { causes: outcome.causes });
  if (outcome.type === "invalid")
    throw new StatusError(outcome.status, outcome.status === 400 ? "BadRequest" : "", outcome.message);
  const object = decodeObject(resource, outcome.object, { exchange, validation: "Ignore" });
  if (live === undefined) {
    if (info.subresource !== "") throw notFound(resource, info.name);
    return createInstead(request, object, { ownershipDone: true });
  }
  if (resourceVersion === undefined) object.metadata.resourceVersion = String(live.resourceVersion);
  return updateObject(request, live, object, {
    ownershipDone: true,
    ...(info.subresource !== "" && { subresource: info.subresource }),
  });
}

function reportDuplicates(
  duplicates: readonly string[],
  { exchange, validation }: { exchange: Exchange; validation: FieldValidation },
): void {
  if (duplicates.length === 0 || validation === "Ignore") return;
  if (validation === "Strict") throw badRequest(`error strict decoding YAML: ${duplicates.join(", ")}`);
  for (const sentence of duplicates) warn(exchange, sentence);
}

function isJson(text: Buffer): boolean {
  return text[0] === 0x7b;
}

async function parseApplied(text: Buffer): Promise<JsonObject> {
  let value: unknown;
  try {
    value = isJson(text) ? JSON.parse(text.toString("utf8")) : await parseYaml(text);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : error}`);
  }
  if (!isObject(value)) throw badRequest("error decoding YAML: the applied configuration is not an object");
  return value;
}
