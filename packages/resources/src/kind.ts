/** Descriptors of our kinds. Same shape as `Kind` of @keelson/kube, which this package must not import. */
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";

/** An object of one of our kinds. `apiVersion` and `kind` may be left out of what is sent. */
export interface Resource<Spec, Status> {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: Spec;
  /** Absent until the operator has seen the object. */
  status?: Status;
}

/** Describes one kind of one API version; `T` is the type of its objects. Whatever takes a `Kind` of @keelson/kube takes it. */
export interface KindDescriptor<T> {
  readonly group: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Exists for the type checker only. */
  readonly "~object"?: T;
}

/** A namespaced kind whose plural is its name in lower case with an `s`. */
export function describeKind<T>(group: string, version: string, kind: string): KindDescriptor<T> {
  const plural = `${kind.toLowerCase()}s`;
  return Object.freeze({ group, version, apiVersion: `${group}/${version}`, kind, plural, namespaced: true });
}
