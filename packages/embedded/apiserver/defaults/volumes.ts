/** Defaults of pod volumes and of claims. */
import type { JsonObject } from "../types.ts";
import { each, fill, within } from "./fill.ts";
import { defaultPullPolicy } from "./image.ts";

const fileMode = 0o644;

export function defaultVolume(volume: JsonObject): void {
  const sources = Object.keys(volume).filter(
    (field) => field !== "name" && volume[field] !== undefined && volume[field] !== null,
  );
  if (sources.length === 0) volume["emptyDir"] = {};
  within(volume, "hostPath", (source) => {
    if (source["type"] === undefined || source["type"] === null) source["type"] = "";
  });
  within(volume, "secret", (source) => fill(source, { defaultMode: fileMode }));
  within(volume, "configMap", (source) => fill(source, { defaultMode: fileMode }));
  within(volume, "downwardAPI", (source) => {
    fill(source, { defaultMode: fileMode });
    each(source, "items", defaultDownwardItem);
  });
  within(volume, "projected", (source) => {
    fill(source, { defaultMode: fileMode });
    each(source, "sources", defaultProjection);
  });
  within(volume, "ephemeral", (source) =>
    within(source, "volumeClaimTemplate", (template) => within(template, "spec", defaultClaimSpec)),
  );
  within(volume, "iscsi", (source) => fill(source, { iscsiInterface: "default" }));
  within(volume, "rbd", (source) => fill(source, { pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" }));
  within(volume, "image", (source) =>
    fill(source, { pullPolicy: defaultPullPolicy(String(source["reference"] ?? "")) }),
  );
}

function defaultProjection(projection: JsonObject): void {
  within(projection, "downwardAPI", (source) => each(source, "items", defaultDownwardItem));
  within(projection, "serviceAccountToken", (source) => fill(source, { expirationSeconds: 3_600 }));
}

function defaultDownwardItem(item: JsonObject): void {
  within(item, "fieldRef", defaultFieldRef);
}

export function defaultFieldRef(reference: JsonObject): void {
  fill(reference, { apiVersion: "v1" });
}

export function defaultClaimSpec(spec: JsonObject): void {
  fill(spec, { volumeMode: "Filesystem" });
}

export function defaultVolumeSpec(spec: JsonObject): void {
  fill(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" });
  within(spec, "hostPath", (source) => {
    if (source["type"] === undefined || source["type"] === null) source["type"] = "";
  });
  within(spec, "iscsi", (source) => fill(source, { iscsiInterface: "default" }));
}
