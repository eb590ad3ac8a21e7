/** DELETE of one object or of a selected set: grace, finalizers, propagation, preconditions. */
import { conflict, notFound } from "../errors.ts";
import { sendJson } from "../http/respond.ts";
import { storedForm, wireObject } from "../registry/codec.ts";
import { apiVersionOf, type Resource } from "../registry/resource.ts";
import { deletionRules } from "../rules/deletion.ts";
import { clone } from "../schema/index.ts";
import { Stored, storageKey } from "../storage/stored.ts";
import type { KubeObject } from "../types.ts";
import { type ResourceRequest, timestamp } from "./context.ts";
import { type DeleteOptions, readDeleteOptions } from "./delete-options.ts";
import { removeStored } from "./remove-stored.ts";
import { sendObject } from "./respond-object.ts";
import { parseSelection } from "./select.ts";
import { storageVersion } from "./write.ts";

export interface Deleted {
  readonly stored: Stored;
  /** True when it is gone; false when it waits for finalizers or its grace period. */
  readonly gone: boolean;
}

export async function remove(request: ResourceRequest): Promise<void> {
  const { resource, info, platform } = request;
  const options = await readDeleteOptions(request.exchange, info);
  const live = platform.store.latest(resource.collection, storageKey(info.namespace, info.name));
  if (live === undefined) throw notFound(resource, info.name);
  const { stored, gone } = await deleteObject(request, live, options);
  if (gone && !deletionRules(resource).answersObject) {
    sendJson(request.exchange, 200, deletedStatus(resource, stored.object));
    return;
  }
  const accepted = !gone && options.propagationPolicy === "Orphan";
  await sendObject(request, accepted ? 202 : 200, wireObject(resource, stored));
}

function deletedStatus(resource: Resource, { metadata }: KubeObject): object {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name: metadata.name,
      ...(resource.group !== "" && { group: resource.group }),
      kind: resource.plural,
      uid: metadata.uid,
    },
  };
}

/** Throws when the preconditions do not hold or admission refuses. */
export function checkDeletion(request: ResourceRequest, live: Stored, options: DeleteOptions): void {
  const current = live.object;
  checkPreconditions(request.resource, current, options, current.metadata.name ?? "");
  request.platform.admission.validate({ request, object: undefined, old: current, operation: "DELETE" });
}

/** Deletes, or marks for deletion, one object. */
export async function deleteObject(request: ResourceRequest, live: Stored, options: DeleteOptions): Promise<Deleted> {
  const { resource, platform } = request;
  const current = live.object;
  checkDeletion(request, live, options);

  const rules = deletionRules(resource);
  const object = clone(current);
  const { metadata } = object;
  const wasDeleting = metadata.deletionTimestamp !== undefined;
  metadata.finalizers = finalizersAfter(metadata.finalizers ?? [], options.propagationPolicy);
  const grace = rules.gracePeriod(current, options.gracePeriodSeconds);
  const waits = metadata.finalizers.length > 0 || rules.holds(current);
  if (metadata.finalizers.length === 0) delete metadata.finalizers;

  if (!waits && grace === 0) {
    if (options.dryRun) return { stored: live, gone: true };
    return { stored: await removeStored(platform, resource, live.key), gone: true };
  }
  const now = platform.now();
  if (!wasDeleting) {
    metadata.deletionTimestamp = timestamp(new Date(now.getTime() + grace * 1_000));
    metadata.deletionGracePeriodSeconds = grace;
    if (metadata.generation !== undefined && metadata.generation > 0) metadata.generation++;
  } else if (grace < (metadata.deletionGracePeriodSeconds ?? 0)) {
    metadata.deletionTimestamp = timestamp(new Date(now.getTime() + grace * 1_000));
    metadata.deletionGracePeriodSeconds = grace;
  } else if (JSON.stringify(metadata.finalizers) === JSON.stringify(current.metadata.finalizers)) {
    return { stored: live, gone: false };
  }
  rules.mark(object);
  if (options.dryRun) return { stored: Stored.of(live.key, live.resourceVersion, object), gone: false };
  const stored = await platform.store.put(
    resource.collection,
    live.key,
    storedForm(resource, object, storageVersion(resource)),
  );
  return { stored, gone: false };
}

function checkPreconditions(
  resource: Resource,
  { metadata }: KubeObject,
  { uid, resourceVersion }: DeleteOptions,
  name: string,
): void {
  const subject = { group: resource.group, plural: resource.kind, kind: resource.kind };
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(
      subject,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      subject,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  }
}

const orphan = "orphan";
const foreground = "foregroundDeletion";

/** The garbage collector's finalizers as the propagation policy wants them; without one, as they are. */
function finalizersAfter(finalizers: readonly string[], policy: DeleteOptions["propagationPolicy"]): string[] {
  if (policy === undefined) return [...finalizers];
  const others = finalizers.filter((f) => f !== orphan && f !== foreground);
  if (policy === "Orphan") return [...others, orphan];
  if (policy === "Foreground") return [...others, foreground];
  return others;
}

/** So many deletions share a transaction; others get their turn in between. */
const deletionsPerTurn = 50;

async function removeOne(request: ResourceRequest, { key, object }: Stored, options: DeleteOptions): Promise<void> {
  const { resource, info, platform } = request;
  const { namespace = "", name = "" } = object.metadata;
  const latest = platform.store.latest(resource.collection, key);
  if (latest !== undefined) await deleteObject({ ...request, info: { ...info, namespace, name } }, latest, options);
}

/** Deletes every object that the selectors choose; answers with the list as it was. */
export async function removeCollection(request: ResourceRequest): Promise<void> {
  const { resource, info, platform } = request;
  const options = await readDeleteOptions(request.exchange, info);
  const { selects } = parseSelection(resource, info);
  const chosen = platform.store
    .collection(resource.collection)
    .list(info.namespace)
    .filter((s) => selects?.(s) ?? true);
  for (let i = 0; i < chosen.length; i += deletionsPerTurn) {
    await Promise.all(chosen.slice(i, i + deletionsPerTurn).map((stored) => removeOne(request, stored, options)));
  }
  const items = chosen.map((s) => wireObject(resource, s));
  sendJson(request.exchange, 200, {
    kind: resource.listKind,
    apiVersion: apiVersionOf(resource),
    metadata: { resourceVersion: String(platform.store.resourceVersion) },
    items,
  });
}
