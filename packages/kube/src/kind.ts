/**
 * Kind descriptors: the one value that tells client, informers and controllers what is spoken about and which type it has.
 */
import type { ObjectMeta } from "kubernetes-types/meta/v1.js";

/** What every Kubernetes object has. `apiVersion` and `kind` may be left out of what is sent: the client fills them in. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

/** Metadata as the API server answers it: what it always sets is always there. */
export type LiveMeta = ObjectMeta & {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
};

/** An object as read from the API server. */
export type Live<T extends KubeObject = KubeObject> = T & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: LiveMeta;
};

/** Describes one kind of one API version; the type parameter is the type of its objects. */
export interface Kind<T extends KubeObject = KubeObject> {
  /** API group, "" for the core group. */
  readonly group: string;
  readonly version: string;
  /** `group/version`, or `v1` for the core group. */
  readonly apiVersion: string;
  readonly kind: string;
  /** The resource's name in paths, such as `statefulsets`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Exists for the type checker only. A plain key, so that packages below this one can declare descriptors without importing it. */
  readonly "~object"?: T;
}

/** What `defineKind` has to be told. */
export interface KindInit {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Default: the kind in lower case with an `s`. */
  readonly plural?: string;
  /** Default true. */
  readonly namespaced?: boolean;
}

/** Names one object of a known kind. */
export interface Ref {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Makes a kind descriptor: `defineKind<PgCluster>({ group: "example.com", version: "v1", kind: "PgCluster" })`. */
export function defineKind<T extends KubeObject>(init: KindInit): Kind<T> {
  return Object.freeze({
    group: init.group,
    version: init.version,
    apiVersion: init.group === "" ? init.version : `${init.group}/${init.version}`,
    kind: init.kind,
    plural: init.plural ?? `${init.kind.toLowerCase()}s`,
    namespaced: init.namespaced ?? true,
  });
}

/** Name of the resource with its group, as used in RBAC and metrics: `pods`, `statefulsets.apps`. */
export function resourceName(kind: Kind): string {
  return kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`;
}

/** Path of a collection, or of one object and its sub-resource. */
export function kindPath(
  kind: Kind,
  at: { namespace?: string | undefined; name?: string; subresource?: string } = {},
): string {
  const parts = [kind.group === "" ? "/api" : `/apis/${kind.group}`, kind.version];
  if (kind.namespaced && at.namespace !== undefined) parts.push("namespaces", encodeURIComponent(at.namespace));
  parts.push(kind.plural);
  if (at.name !== undefined) parts.push(encodeURIComponent(at.name));
  if (at.subresource !== undefined) parts.push(at.subresource);
  return parts.join("/");
}

/** The key of an object in queues and caches: `namespace/name`, or `name` for cluster-scoped objects. */
export function keyOf(object: KubeObject | Ref): string {
  const { namespace, name } = "name" in object ? object : refOf(object as KubeObject);
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

/** The opposite of `keyOf`. */
export function parseKey(key: string): Ref {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Where an object lives. Throws when it has no name yet. */
export function refOf(object: KubeObject): Ref {
  const { namespace, name } = object.metadata ?? {};
  if (name === undefined) throw new TypeError(`${object.kind ?? "object"} has no metadata.name`);
  return namespace === undefined ? { name } : { namespace, name };
}
