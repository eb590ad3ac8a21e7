/** Options of the client's calls, each with its default. */
import type { KubeObject, Live } from "../kind.ts";
import type { ObjectMeta } from "../types.ts";

/** What every call takes. */
export interface CallOptions {
  /** Ends the call; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds: limit for the whole call with its retries. Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

/** Options of `get`. */
export interface GetOptions extends CallOptions {
  /** "0" allows an answer from the server's cache. Default: the newest. */
  readonly resourceVersion?: string;
}

/** Which objects of a kind. */
export interface Selection {
  /** One namespace. Default: all. */
  readonly namespace?: string | undefined;
  /** A selector in Kubernetes' syntax, or labels that must all be there. */
  readonly labelSelector?: string | Readonly<Record<string, string>> | undefined;
  /** Such as `spec.nodeName=a,status.phase!=Failed`, for the few fields that the API server serves. */
  readonly fieldSelector?: string | undefined;
}

/** Options of `list`. */
export interface ListOptions extends CallOptions, Selection {
  /** Objects per request; further pages are fetched on their own. Default 500; 0 asks for all at once. */
  readonly pageSize?: number;
  /** "0" allows an answer from the server's cache. Default: the newest. */
  readonly resourceVersion?: string;
}

/** All objects of a list, from all its pages. */
export interface List<T extends KubeObject> {
  readonly items: Live<T>[];
  /** Where a watch goes on from. */
  readonly resourceVersion: string;
}

/** Options of `watch`. It has no time limit but the server's. */
export interface WatchOptions extends Selection {
  readonly signal?: AbortSignal | undefined;
  /** Events after this version. Default: the state now as ADDED events, then changes. */
  readonly resourceVersion?: string | undefined;
  /** Ask for the state as ADDED events, ended by a bookmark with the annotation `k8s.io/initial-events-end`. */
  readonly sendInitialEvents?: boolean;
  /** Ask for bookmarks. Default false: they are of use to who resumes. */
  readonly bookmarks?: boolean;
  /** Called when the server has accepted the watch, which may be long before the first event. */
  readonly onOpen?: () => void;
  /** The server ends the watch after this time. Default: the server's own choice. */
  readonly timeoutSeconds?: number;
}

/** One change of a watch; a bookmark tells only how far it is. */
export type WatchEvent<T extends KubeObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: Live<T> }
  | {
      readonly type: "BOOKMARK";
      readonly object: { readonly metadata: ObjectMeta & { readonly resourceVersion: string } };
    };

/** What every write takes. */
export interface WriteOptions extends CallOptions {
  /** Judge and answer as if, and store nothing. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Who owns the fields. Default: the client's. */
  readonly fieldManager?: string | undefined;
  /** What unknown and doubled fields are. Default: the server's, Warn. */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore" | undefined;
}

/** Options of `apply`. */
export interface ApplyOptions extends WriteOptions {
  /** Who owns the fields. Default: the client's `fieldManager`. */
  readonly fieldManager?: string | undefined;
  /** Take over fields that another manager owns. Default true: a controller knows what it wants. */
  readonly force?: boolean | undefined;
  /** Such as `status`. Default: the object itself. */
  readonly subresource?: string | undefined;
}

/** Options of `patch`. */
export interface PatchOptions extends WriteOptions {
  /** Such as `status` or `scale`. Default: the object itself. */
  readonly subresource?: string | undefined;
}

/** JSON Patch (RFC 6902), JSON Merge Patch (RFC 7386), or Kubernetes' own that merges lists by key. */
export type PatchType = "json" | "merge" | "strategic";

/** What is to change. */
export interface Patch {
  readonly type: PatchType;
  /** Operations for `json`, a partial object otherwise. */
  readonly body: unknown;
}

/** Options of `delete`. */
export interface DeleteOptions extends CallOptions {
  /** Default: the kind's own (Background for nearly all). */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan" | undefined;
  /** Seconds that a pod's processes have to end. Default: the pod's own. */
  readonly gracePeriodSeconds?: number | undefined;
  /** Precondition: delete only this incarnation. */
  readonly uid?: string | undefined;
  /** Precondition: delete only if nothing changed since. */
  readonly resourceVersion?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

/** Options of `deleteCollection`. */
export interface DeleteCollectionOptions extends Selection, CallOptions {
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan" | undefined;
  readonly gracePeriodSeconds?: number | undefined;
}

/** Options of `logs`, as kubectl's flags of the same names. */
export interface LogOptions {
  readonly signal?: AbortSignal | undefined;
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  readonly sinceTime?: string;
  readonly timestamps?: boolean;
  readonly limitBytes?: number;
}

/** What to run, and where. */
export interface ExecOptions {
  readonly namespace: string;
  readonly pod: string;
  /** Default: the pod's only (or default) container. */
  readonly container?: string | undefined;
  /** Program and arguments; no shell is involved. */
  readonly command: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** A request that no verb covers. */
export interface RawRequest extends CallOptions {
  /** Default GET. */
  readonly method?: string;
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, a string or buffer as it is. */
  readonly body?: unknown;
}

/** Its answer, in bytes. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Values that are undefined or false are left out; a list repeats the name. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
