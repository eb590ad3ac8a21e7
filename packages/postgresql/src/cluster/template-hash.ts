/** A hash of a pod template: pods that carry another one have to be made anew. */
import { createHash } from "node:crypto";
import { canonicalJson, type PodTemplateSpec } from "@keelson/kube";

export const hashOf = (value: unknown): string =>
  createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 16);

export const templateHash = (template: PodTemplateSpec): string => hashOf(template);
