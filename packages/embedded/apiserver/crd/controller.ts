/** Keeps what is served in step with the CRDs, and empties the collection of a CRD that is deleted. */
import type { Platform } from "../platform.ts";
import type { Resource } from "../registry/resource.ts";
import { crdFinalizer } from "../rules/custom-resource-definition.ts";
import type { Change } from "../storage/collection.ts";
import type { Stored } from "../storage/stored.ts";
import { deleteObject } from "../verbs/delete.ts";
import { internalRequest } from "../verbs/internal.ts";
import { crdCollection, reportCompilation } from "./condition.ts";
import { resourcesOf } from "./resources.ts";

/** Serves the CRDs of the store, now and as they change. */
export function followCrds(platform: Platform): void {
  const cleaning = new Map<string, () => void>();
  const collection = platform.store.collection(crdCollection);
  // One CRD that is not as it should be keeps neither the others nor the server from their work.
  const attempt = (stored: Stored, step: () => void): void => {
    try {
      step();
    } catch (error) {
      reportLater(platform, stored.key, error instanceof Error ? error.message : String(error));
    }
  };
  for (const stored of collection.list()) {
    attempt(stored, () => {
      serve(platform, stored);
      if (stored.object.metadata.deletionTimestamp !== undefined) clean(platform, stored, cleaning);
    });
  }
  collection.subscribe((change: Change) => {
    const { stored, type, previous } = change;
    if (type === "DELETED") {
      platform.registry.setCustom(stored.key, []);
      cleaning.get(stored.key)?.();
      cleaning.delete(stored.key);
      return;
    }
    attempt(stored, () => {
      if (previous === undefined || !sameSpec(previous, stored)) serve(platform, stored);
      if (stored.object.metadata.deletionTimestamp !== undefined) clean(platform, stored, cleaning);
    });
  });
}

/** In a turn of its own: the CRD may be about to be written in this one. */
function reportLater(platform: Platform, key: string, problem: string | undefined): void {
  setImmediate(() => {
    if (!platform.stopping.aborted) void reportCompilation(platform, key, problem);
  });
}

function sameSpec(a: Stored, b: Stored): boolean {
  return a.object.metadata.generation === b.object.metadata.generation;
}

function serve(platform: Platform, stored: Stored): void {
  const report = (problem: string | undefined): void => reportLater(platform, stored.key, problem);
  platform.registry.setCustom(stored.key, resourcesOf(stored, report));
}

/** Deletes the objects; the CRD itself goes with the last of them. */
function clean(platform: Platform, crd: Stored, cleaning: Map<string, () => void>): void {
  if (cleaning.has(crd.key)) return;
  const [resource] = resourcesOf(crd);
  if (resource === undefined) {
    setImmediate(() => release(platform, crd.key));
    cleaning.set(crd.key, () => {});
    return;
  }
  const objects = platform.store.collection(resource.collection);
  const finishWhenEmpty = (): void => {
    if (objects.size === 0) setImmediate(() => release(platform, crd.key));
  };
  cleaning.set(crd.key, objects.subscribe(finishWhenEmpty));
  setImmediate(() => {
    deleteAll(platform, resource);
    finishWhenEmpty();
  });
}

function deleteAll(platform: Platform, resource: Resource): void {
  const options = {
    gracePeriodSeconds: undefined,
    propagationPolicy: undefined,
    uid: undefined,
    resourceVersion: undefined,
    dryRun: false,
  };
  for (const { key, object } of platform.store.collection(resource.collection).list()) {
    const latest = platform.store.latest(resource.collection, key);
    if (latest === undefined) continue;
    const { namespace = "", name = "" } = object.metadata;
    deleteObject(internalRequest(platform, resource, namespace, name), latest, options).catch((error: unknown) => {
      platform.log.error(
        { err: error, collection: resource.collection, key },
        "could not delete an object of a deleted CRD",
      );
    });
  }
}

/** Takes the finalizer away; the CRD goes when nothing else holds it. */
function release(platform: Platform, key: string): void {
  const latest = platform.store.latest(crdCollection, key);
  const held = latest?.object.metadata.finalizers ?? [];
  if (latest === undefined || !held.includes(crdFinalizer)) return;
  const finalizers = held.filter((f) => f !== crdFinalizer);
  const written =
    finalizers.length === 0
      ? platform.store.remove(crdCollection, key)
      : platform.store.put(crdCollection, key, {
          ...latest.object,
          metadata: { ...latest.object.metadata, finalizers },
        });
  written.catch((error: unknown) => platform.log.error({ err: error, crd: key }, "could not release a deleted CRD"));
}
