/**
 * What every write has in common: from a decoded object to a stored one. Everything between reading the newest version and
 * handing over the new one runs in one turn of the event loop, so a write never has to be tried again.
 */
import { alreadyExists, invalid, StatusError } from "../errors.ts";
import { warn } from "../http/respond.ts";
import { updateManagedFields } from "../patch/index.ts";
import { storedForm, wireObject } from "../registry/codec.ts";
import { hasSubresource, type Resource } from "../registry/resource.ts";
import { deletionRules } from "../rules/deletion.ts";
import { clone, equal } from "../schema/index.ts";
import { Stored, storageKey } from "../storage/stored.ts";
import type { KubeObject } from "../types.ts";
import { metadataProblems, metadataUpdateProblems } from "../validation/metadata.ts";
import { fieldManager, isDryRun, type ResourceRequest, timestamp } from "./context.ts";
import { removeStored } from "./remove-stored.ts";
import { checkVersionAndUid, keepSystemMetadata, prepareNewMetadata } from "./write-metadata.ts";

/** The outcome of a write, before its answer is sent. */
export interface Written {
  readonly stored: Stored;
  readonly created: boolean;
  /** False when the object was removed by the write (its last finalizer went). */
  readonly exists: boolean;
}

export interface WriteOptions {
  /** Server-side apply brings its own field ownership. */
  readonly ownershipDone?: boolean;
  readonly subresource?: string;
}

/** Stores a new object. `object` is decoded and owned by the caller. */
export async function createObject(
  request: ResourceRequest,
  incoming: KubeObject,
  options: WriteOptions = {},
): Promise<Written> {
  const { resource, info, platform, exchange, user } = request;
  prepareNewMetadata(request, incoming.metadata);
  resource.rules.defaults?.(incoming);
  // Before admission and allocation: what those add belongs to nobody.
  const object = options.ownershipDone === true ? incoming : withOwnership(request, incoming, undefined, options);
  const { metadata } = object;
  const ruleContext = { user, now: platform.now, dryRun: isDryRun(info) };
  const admitted = { request, object, old: undefined, operation: "CREATE" } as const;
  platform.admission.mutate(admitted);

  resetStatus(resource, object);
  if (countsGenerations(resource)) metadata.generation = 1;
  resource.rules.prepareCreate?.(object, ruleContext);

  const problems = [
    ...metadataProblems(metadata, resource),
    ...(resource.rules.validate?.(object) ?? []),
    ...(resource.rules.validateCreate?.(object) ?? []),
    ...(resource.custom?.validate(object) ?? []),
  ];
  const name = metadata.name ?? "";
  if (problems.length > 0) throw invalid(resource, name, problems);
  for (const sentence of resource.rules.warnings?.(object) ?? []) warn(exchange, sentence);
  const key = storageKey(metadata.namespace ?? "", name);
  if (platform.store.latest(resource.collection, key) !== undefined) {
    if (info.name === "" && metadata.generateName !== undefined && metadata.generateName !== "") {
      throw tryAgainGenerated(resource, name);
    }
    throw alreadyExists(resource, name);
  }
  platform.admission.validate(admitted);
  const toStore = storedForm(resource, object, storageVersion(resource));
  const stored = await keep(request, key, toStore);
  return { stored, created: true, exists: true };
}

/** Users do not set the status of what they create. */
function resetStatus(resource: Resource, object: KubeObject): void {
  if (!hasSubresource(resource, "status")) return;
  if (resource.isCustom) delete object.status;
  else object.status = resource.rules.initialStatus === undefined ? {} : resource.rules.initialStatus(object);
}

function tryAgainGenerated(resource: Resource, name: string): StatusError {
  const error = alreadyExists(resource, name);
  return new StatusError(
    409,
    "AlreadyExists",
    `${error.message}, the server was not able to generate a unique name for the object`,
    {
      ...error.details,
      retryAfterSeconds: 1,
    },
  );
}

/** Replaces `live` by `object`, both in the request's version. */
export async function updateObject(
  request: ResourceRequest,
  live: Stored,
  incoming: KubeObject,
  options: WriteOptions = {},
): Promise<Written> {
  const { resource, platform, user, info, exchange } = request;
  const old = wireObject(resource, live);
  checkVersionAndUid(resource, old, incoming);
  keepSystemMetadata(incoming.metadata, old.metadata);
  const isMain = options.subresource === undefined;
  if (isMain) resource.rules.defaults?.(incoming);
  const object = options.ownershipDone === true ? incoming : withOwnership(request, incoming, old, options);
  const ruleContext = { user, now: platform.now, dryRun: isDryRun(info) };
  const admitted = { request, object, old, operation: "UPDATE" } as const;
  platform.admission.mutate(admitted);
  prepareUpdate(resource, object, old, ruleContext, options.subresource);

  const problems = [
    ...metadataProblems(object.metadata, resource),
    ...metadataUpdateProblems(object.metadata, old.metadata),
    ...judgeUpdate(resource, object, old, options.subresource),
  ];
  if (problems.length > 0) throw invalid(resource, info.name, problems);
  if (isMain) for (const sentence of resource.rules.warnings?.(object) ?? []) warn(exchange, sentence);
  platform.admission.validate(admitted);

  if (isFinished(resource, object)) {
    const stored = isDryRun(info) ? live : await removeStored(platform, resource, live.key);
    return { stored, created: false, exists: false };
  }
  if (equal(withoutVersion(object), withoutVersion(old))) return { stored: live, created: false, exists: true };
  const stored = await keep(request, live.key, storedForm(resource, object, storageVersion(resource)));
  return { stored, created: false, exists: true };
}

function judgeUpdate(resource: Resource, object: KubeObject, old: KubeObject, subresource: string | undefined) {
  const { rules, custom } = resource;
  if (subresource === "status") {
    return [...(rules.validateStatus?.(object, old) ?? []), ...(custom?.validateStatus(object, old) ?? [])];
  }
  return [
    ...(rules.validate?.(object, old) ?? []),
    ...(rules.validateUpdate?.(object, old) ?? []),
    ...(custom?.validate(object, old) ?? []),
  ];
}

function prepareUpdate(
  resource: Resource,
  object: KubeObject,
  old: KubeObject,
  context: Parameters<NonNullable<Resource["rules"]["prepareUpdate"]>>[2],
  subresource: string | undefined,
): void {
  if (subresource === "status") {
    keepAllButStatus(resource, object, old);
    resource.rules.prepareStatus?.(object, old);
    return;
  }
  if (hasSubresource(resource, "status") && subresource === undefined) {
    if (old.status === undefined) delete object.status;
    else object.status = clone(old.status);
  }
  if (subresource === undefined) resource.rules.prepareUpdate?.(object, old, context);
  if (countsGenerations(resource) && !equal(specOf(resource, object), specOf(resource, old))) {
    object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  }
}

/** What the status endpoint may change: the status, and for built-in kinds the metadata too. */
function keepAllButStatus(resource: Resource, object: KubeObject, old: KubeObject): void {
  const { status, metadata } = object;
  for (const field of Object.keys(object)) delete object[field];
  Object.assign(object, clone(old));
  if (!resource.isCustom) object.metadata = metadata;
  else if (metadata.managedFields !== undefined) object.metadata.managedFields = metadata.managedFields;
  if (status === undefined) delete object.status;
  else object.status = status;
}

function countsGenerations(resource: Resource): boolean {
  return resource.isCustom || resource.rules.generation === true;
}

/** What generation counts: the spec, or for custom resources everything but metadata and status. */
function specOf(resource: Resource, object: KubeObject): unknown {
  if (!resource.isCustom) return object.spec;
  const { metadata: _m, apiVersion: _a, kind: _k, ...rest } = object;
  if (hasSubresource(resource, "status")) delete rest["status"];
  return rest;
}

function withOwnership(
  request: ResourceRequest,
  object: KubeObject,
  live: KubeObject | undefined,
  options: WriteOptions,
): KubeObject {
  const { resource, platform } = request;
  const owned = updateManagedFields({
    live,
    updated: object,
    manager: fieldManager(request),
    schema: resource.schema(),
    subresource: options.subresource,
    resetFields: resetFields(resource, options.subresource),
    now: timestamp(platform.now()),
  }) as KubeObject;
  if (options.subresource === "scale") {
    // Upstream gives entries of `scale` no time.
    for (const entry of owned.metadata.managedFields ?? []) if (entry.subresource === "scale") delete entry.time;
  }
  return owned;
}

/** Fields that an endpoint never changes, so that nobody comes to own them through it. */
export function resetFields(resource: Resource, subresource: string | undefined): readonly (readonly string[])[] {
  if (subresource === "status") return [["spec"]];
  if (subresource === undefined && hasSubresource(resource, "status")) return [["status"]];
  return [];
}

export function storageVersion(resource: Resource): string | undefined {
  return resource.storageVersion;
}

/** True when nothing holds an object that is being deleted any more. */
function isFinished(resource: Resource, object: KubeObject): boolean {
  const { metadata } = object;
  return (
    !deletionRules(resource).holds(object) &&
    metadata.deletionTimestamp !== undefined &&
    (metadata.finalizers ?? []).length === 0 &&
    (metadata.deletionGracePeriodSeconds ?? 0) === 0
  );
}

/** Without the version and, in managed fields, without times: what decides whether a write changes anything. */
function withoutVersion(object: KubeObject): KubeObject {
  const { resourceVersion: _rv, managedFields, ...metadata } = object.metadata;
  const untimed = managedFields?.map(({ time: _t, ...entry }) => entry);
  return { ...object, metadata: { ...metadata, ...(untimed !== undefined && { managedFields: untimed }) } };
}

/** Stores the object; a dry run only says what would have been stored. */
async function keep({ platform, resource, info }: ResourceRequest, key: string, object: KubeObject): Promise<Stored> {
  if (!isDryRun(info)) return platform.store.put(resource.collection, key, object);
  const known = platform.store.latest(resource.collection, key);
  return Stored.of(key, known?.resourceVersion ?? 0, object);
}
