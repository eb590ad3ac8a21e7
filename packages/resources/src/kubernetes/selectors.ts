/** How Kubernetes picks objects by labels, and refers to objects and keys by name. */
import type { Static } from "typebox";
import {
  atomic,
  atomicList,
  boolean,
  int32,
  list,
  named,
  object,
  optional,
  string,
  stringMap,
} from "../schema/builders.ts";

/** One term of a label or node selector: a key, an operator, values. */
export const selectorRequirement = object({
  key: string(),
  operator: string(),
  values: optional(atomicList(string())),
});

export const labelSelector = object(
  { matchExpressions: optional(atomicList(selectorRequirement)), matchLabels: optional(stringMap()) },
  atomic,
);
export interface LabelSelector extends Static<typeof labelSelector> {}

/** The name of an object in the same namespace. */
export const localObjectReference = named(
  "LocalObjectReference",
  object({ name: optional(string({ default: "" })) }, atomic),
);
export interface LocalObjectReference extends Static<typeof localObjectReference> {}

/** A key of a Secret or ConfigMap, picked for an environment variable. */
export const optionalKeySelector = object(
  { key: string(), name: optional(string({ default: "" })), optional: optional(boolean()) },
  atomic,
);

/** A key of a named Secret or ConfigMap; both must be given. */
export const keySelector = object({ key: string(), name: string() });
export interface KeySelector extends Static<typeof keySelector> {}

/** Which key of a Secret or ConfigMap becomes which file. */
export const keyToPath = object({ key: string(), mode: optional(int32()), path: string() });

/** Keys of one Secret or ConfigMap, as files. The same shape serves both. */
export const keyProjection = named(
  "SecretProjection",
  object(
    { items: optional(atomicList(keyToPath)), name: optional(string({ default: "" })), optional: optional(boolean()) },
    atomic,
  ),
);
export interface SecretProjection extends Static<typeof keyProjection> {}

/** Labels and annotations that are put on generated objects. */
export const objectMetadata = named(
  "ObjectMetadata",
  object({ annotations: optional(stringMap()), labels: optional(stringMap()) }),
);
export interface ObjectMetadata extends Static<typeof objectMetadata> {}

export const localObjectReferences = list(localObjectReference);
