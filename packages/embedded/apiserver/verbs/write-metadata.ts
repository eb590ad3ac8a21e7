/** The metadata that the server keeps: given to new objects, carried over at updates. */
import { randomUUID } from "node:crypto";
import { conflict, invalid, StatusError } from "../errors.ts";
import type { Resource } from "../registry/resource.ts";
import type { KubeObject, ObjectMeta } from "../types.ts";
import { type ResourceRequest, timestamp } from "./context.ts";
import { generateName } from "./generate-name.ts";

/** Gives uid, creation time and, where asked for, a name. */
export function prepareNewMetadata(request: ResourceRequest, metadata: ObjectMeta): void {
  const { resource, info, platform } = request;
  if (resource.namespaced) {
    if (metadata.namespace === undefined || metadata.namespace === "") metadata.namespace = info.namespace;
    if (metadata.namespace !== info.namespace) {
      throw new StatusError(
        400,
        "BadRequest",
        "the namespace of the provided object does not match the namespace sent on the request",
      );
    }
  } else delete metadata.namespace;
  if ((metadata.name ?? "") === "" && metadata.generateName !== undefined && metadata.generateName !== "") {
    metadata.name = generateName(metadata.generateName);
  }
  if ((metadata.resourceVersion ?? "") !== "" && metadata.resourceVersion !== "0") {
    throw new StatusError(500, "", "resourceVersion should not be set on objects to be created");
  }
  metadata.uid = randomUUID();
  metadata.creationTimestamp = timestamp(platform.now());
  delete metadata.resourceVersion;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  delete metadata.generation;
}

export function checkVersionAndUid(resource: Resource, old: KubeObject, object: KubeObject): void {
  const { uid, resourceVersion } = object.metadata;
  const name = old.metadata.name ?? "";
  if (uid !== undefined && uid !== "" && uid !== old.metadata.uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    );
  }
  if (resourceVersion === undefined || resourceVersion === "" || resourceVersion === "0") {
    if (resource.rules.unconditionalUpdate ?? !resource.isCustom) return;
    throw invalid(resource, name, [
      {
        type: "FieldValueInvalid",
        field: "metadata.resourceVersion",
        badValue: 0,
        detail: "must be specified for an update",
      },
    ]);
  }
  if (resourceVersion !== old.metadata.resourceVersion) throw conflict(resource, name);
}

export function keepSystemMetadata(metadata: ObjectMeta, old: ObjectMeta): void {
  if (metadata.namespace === undefined && old.namespace !== undefined) metadata.namespace = old.namespace;
  if (metadata.name === undefined && old.name !== undefined) metadata.name = old.name;
  metadata.uid ??= old.uid ?? "";
  metadata.creationTimestamp = old.creationTimestamp ?? null;
  if (old.generateName !== undefined && metadata.generateName === undefined) metadata.generateName = old.generateName;
  if (old.deletionTimestamp === undefined) {
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
  } else {
    metadata.deletionTimestamp = old.deletionTimestamp;
    if (old.deletionGracePeriodSeconds === undefined) delete metadata.deletionGracePeriodSeconds;
    else metadata.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds;
  }
  if (old.generation === undefined) delete metadata.generation;
  else metadata.generation = old.generation;
  delete metadata.selfLink;
}
