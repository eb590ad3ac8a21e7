/** Sub-resources that show the whole object and let one part of it change. */
import { badRequest, invalid, methodNotSupported, notFound } from "../errors.ts";
import { wireObject } from "../registry/codec.ts";
import { clone, equal } from "../schema/index.ts";
import { storageKey } from "../storage/stored.ts";
import { isObject, type KubeObject, objectsAt } from "../types.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { decodeObject, fieldValidationOf, readJson } from "../verbs/decode.ts";
import { get } from "../verbs/get.ts";
import { patchedObject } from "../verbs/patch.ts";
import { sendStored } from "../verbs/respond-object.ts";
import { updateObject } from "../verbs/write.ts";

type Merge = (wanted: KubeObject, live: KubeObject) => KubeObject;

async function changePart(request: ResourceRequest, merge: Merge): Promise<void> {
  const { resource, info, exchange, platform } = request;
  if (info.verb === "get") return get(request);
  if (info.verb !== "update" && info.verb !== "patch") throw methodNotSupported(resource, info.verb);
  const wanted = info.verb === "patch" ? await patchedObject(request) : await readWhole(request);
  const live = platform.store.latest(resource.collection, storageKey(info.namespace, info.name));
  if (live === undefined) throw notFound(resource, info.name);
  const object = merge(wanted, wireObject(resource, live));
  const { stored } = await updateObject(request, live, object, { subresource: info.subresource });
  await sendStored({ ...request, exchange }, 200, stored);
}

async function readWhole({ resource, info, exchange }: ResourceRequest): Promise<KubeObject> {
  const body = await readJson(exchange);
  if (body === undefined) throw badRequest("the body of the request was empty");
  return decodeObject(resource, body.value, { exchange, validation: fieldValidationOf(info.query), text: body.text });
}

/** `pods/NAME/ephemeralcontainers`: containers for debugging are added, never changed or taken away. */
export function changeEphemeralContainers(request: ResourceRequest): Promise<void> {
  return changePart(request, (wanted, live) => {
    const before = objectsAt(live.spec, "ephemeralContainers");
    const after = objectsAt(wanted.spec, "ephemeralContainers");
    for (const container of before) {
      const same = after.find((c) => c["name"] === container["name"]);
      if (same !== undefined && sameContainer(same, container)) continue;
      const detail = `existing ephemeral containers ${JSON.stringify(container["name"])} may not be ${same === undefined ? "removed" : "changed"}\n`;
      throw invalid(request.resource, request.info.name, [
        { type: "FieldValueForbidden", field: "spec.ephemeralContainers", detail },
      ]);
    }
    const object = clone(live);
    object.metadata.resourceVersion = wanted.metadata.resourceVersion ?? live.metadata.resourceVersion ?? "";
    if (isObject(object.spec)) object.spec["ephemeralContainers"] = after;
    request.resource.rules.defaults?.(object);
    return object;
  });
}

function sameContainer(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  return Object.entries(a).every(([field, value]) => equal(value, b[field]));
}

/** `pods/NAME/resize`: the resources of running containers. */
export function resizePod(request: ResourceRequest): Promise<void> {
  return changePart(request, (wanted, live) => {
    const object = clone(live);
    object.metadata.resourceVersion = wanted.metadata.resourceVersion ?? live.metadata.resourceVersion ?? "";
    for (const list of ["containers", "initContainers"]) {
      const after = objectsAt(wanted.spec, list);
      objectsAt(object.spec, list).forEach((container, i) => {
        const resources = after[i]?.["resources"];
        if (resources !== undefined) container["resources"] = resources;
        const policy = after[i]?.["resizePolicy"];
        if (policy !== undefined) container["resizePolicy"] = policy;
      });
    }
    return object;
  });
}

/** `namespaces/NAME/finalize`: the controller takes its finalizer out of the spec; the namespace goes with the last. */
export function finalizeNamespace(request: ResourceRequest): Promise<void> {
  return changePart(request, (wanted, live) => ({
    ...clone(live),
    metadata: {
      ...clone(live.metadata),
      resourceVersion: wanted.metadata.resourceVersion ?? live.metadata.resourceVersion ?? "",
    },
    spec: { ...(isObject(live.spec) ? live.spec : {}), finalizers: finalizersOf(wanted) },
  }));
}

function finalizersOf({ spec }: KubeObject): string[] {
  return isObject(spec) && Array.isArray(spec["finalizers"]) ? spec["finalizers"].map(String) : [];
}
