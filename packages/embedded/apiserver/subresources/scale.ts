/** `scale`: a small object that reads and writes only the number of replicas. */
import { badRequest, conflict, invalid, methodNotSupported, notFound } from "../errors.ts";
import { mediaType, readBody } from "../http/body.ts";
import { applyJsonPatch, applyMergePatch } from "../patch/index.ts";
import { wireObject } from "../registry/codec.ts";
import type { ScaleDefinition } from "../registry/resource.ts";
import { clone, getPath } from "../schema/index.ts";
import { type Stored, storageKey } from "../storage/stored.ts";
import { isObject, type KubeObject, numberAt } from "../types.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { readJson } from "../verbs/decode.ts";
import { sendObject } from "../verbs/respond-object.ts";
import { updateObject } from "../verbs/write.ts";

export async function scale(request: ResourceRequest): Promise<void> {
  const { resource, info, platform } = request;
  const definition = resource.scale;
  const body = info.verb === "get" ? undefined : await readScaleBody(request);
  const live = platform.store.latest(resource.collection, storageKey(info.namespace, info.name));
  if (live === undefined || definition === undefined) throw notFound(resource, info.name);
  const current = scaleOf(definition, wireObject(resource, live));
  if (info.verb === "get") {
    await sendObject(request, 200, current);
    return;
  }
  if (info.verb !== "update" && info.verb !== "patch") throw methodNotSupported(resource, info.verb);
  const wanted = info.verb === "update" ? body?.value : patched(body?.type ?? "", current, body?.value);
  const { stored } = await writeReplicas(request, live, definition, wanted);
  await sendObject(request, 200, scaleOf(definition, wireObject(resource, stored)));
}

async function readScaleBody(request: ResourceRequest): Promise<{ value: unknown; type: string }> {
  if (request.info.verb === "update") {
    return { value: (await readJson(request.exchange))?.value, type: "" };
  }
  const type = mediaType(request.exchange.request.headers["content-type"]);
  const text = (await readBody(request.exchange.request)).toString("utf8");
  return { value: JSON.parse(text), type };
}

function patched(type: string, current: KubeObject, document: unknown): unknown {
  return type === "application/json-patch+json"
    ? applyJsonPatch(current, document)
    : applyMergePatch(current, document);
}

export function scaleOf(definition: ScaleDefinition, object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = getPath(object, ...definition.specReplicas);
  const selector = definition.selector(object);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      name: name ?? "",
      ...(namespace !== undefined && { namespace }),
      uid: uid ?? "",
      resourceVersion: resourceVersion ?? "",
      creationTimestamp: creationTimestamp ?? null,
    },
    spec: typeof replicas === "number" && replicas !== 0 ? { replicas } : {},
    status: {
      replicas: Number(getPath(object, ...definition.statusReplicas) ?? 0),
      ...(selector !== "" && { selector }),
    },
  };
}

function writeReplicas(request: ResourceRequest, live: Stored, definition: ScaleDefinition, wanted: unknown) {
  const { resource, info } = request;
  if (!isObject(wanted)) throw badRequest("the body is not a Scale");
  const replicas = numberAt(wanted["spec"], "replicas") ?? 0;
  if (replicas < 0) {
    const detail = "must be greater than or equal to 0";
    throw invalid({ group: "autoscaling", kind: "Scale" }, info.name, [
      { type: "FieldValueInvalid", field: "spec.replicas", badValue: replicas, detail },
    ]);
  }
  const metadata = isObject(wanted["metadata"]) ? wanted["metadata"] : {};
  const version = metadata["resourceVersion"];
  if (typeof version === "string" && version !== "" && version !== String(live.resourceVersion))
    throw conflict(resource, info.name);
  const object = clone(wireObject(resource, live));
  let parent: unknown = object;
  for (const field of definition.specReplicas.slice(0, -1)) {
    if (!isObject(parent)) break;
    parent[field] ??= {};
    parent = parent[field];
  }
  const last = definition.specReplicas.at(-1);
  if (isObject(parent) && last !== undefined) parent[last] = replicas;
  return updateObject(request, live, object, { subresource: "scale" });
}
