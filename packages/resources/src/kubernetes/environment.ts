/** Environment variables of containers. */
import { type Static, Type } from "typebox";
import { atomic, boolean, named, object, optional, quantity, string } from "../schema/builders.ts";
import { optionalKeySelector } from "./selectors.ts";

/** A field of the pod itself, such as `metadata.name`. */
export const objectFieldSelector = object({ apiVersion: optional(string()), fieldPath: string() }, atomic);

/** A request or limit of a container. */
export const resourceFieldSelector = object(
  { containerName: optional(string()), divisor: optional(quantity()), resource: string() },
  atomic,
);

const fileKeySelector = object(
  { key: string(), optional: optional(Type.Boolean({ default: false })), path: string(), volumeName: string() },
  atomic,
);

export const envVarSource = object({
  configMapKeyRef: optional(optionalKeySelector),
  fieldRef: optional(objectFieldSelector),
  fileKeyRef: optional(fileKeySelector),
  resourceFieldRef: optional(resourceFieldSelector),
  secretKeyRef: optional(optionalKeySelector),
});

export const envVar = named(
  "EnvVar",
  object({ name: string(), value: optional(string()), valueFrom: optional(envVarSource) }),
);
export interface EnvVar extends Static<typeof envVar> {}

const environmentReference = object({ name: optional(string({ default: "" })), optional: optional(boolean()) }, atomic);

export const envFromSource = named(
  "EnvFromSource",
  object({
    configMapRef: optional(environmentReference),
    prefix: optional(string()),
    secretRef: optional(environmentReference),
  }),
);
export interface EnvFromSource extends Static<typeof envFromSource> {}
