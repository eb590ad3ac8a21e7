/** Options of the client's calls, each with its default. */
import type { KubeObject, Live } from "../kind.ts";
import type { ObjectMeta } from "../types.ts";

export interface CallOptions {
  /** Ends the call; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Limit for the whole call with its retries. Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

export interface GetOptions extends CallOptions {
  /** "0" allows an answer from the server's cache. Default: the newest. */
  readonly resourceVersion?: string;
}

export interface Selection {
  /** One namespace. Default: all. */
  readonly namespace?: string | undefined;
  /** A selector in Kubernetes' syntax, or labels that must all be there. */
  readonly labelSelector?: string | Readonly<Record<string, string>> | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListOptions extends CallOptions, Selection {
  /** Objects per request; further pages are fetched on their own. Default 500; 0 asks for all at once. */
  readonly pageSize?: number;
  readonly resourceVersion?: string;
}

/** All objects of a list, from all its pages. */
export interface List<T extends KubeObject> {
  readonly items: Live<T>[];
  /** Where a watch goes on from. */
  readonly resourceVersion: string;
}

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

export type WatchEvent<T extends KubeObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: Live<T> }
  | {
      readonly type: "BOOKMARK";
      readonly object: { readonly metadata: ObjectMeta & { readonly resourceVersion: string } };
    };

export interface WriteOptions extends CallOptions {
  readonly dryRun?: boolean | undefined;
  readonly fieldManager?: string | undefined;
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore" | undefined;
}

export interface ApplyOptions extends WriteOptions {
  /** Who owns the fields. Default: the client's `fieldManager`. */
  readonly fieldManager?: string | undefined;
  /** Take over fields that another manager owns. Default true: a controller knows what it wants. */
  readonly force?: boolean | undefined;
  readonly subresource?: string | undefined;
}

export interface PatchOptions extends WriteOptions {
  readonly subresource?: string | undefined;
}

export type PatchType = "json" | "merge" | "strategic";

export interface Patch {
  readonly type: PatchType;
  /** Operations for `json`, a partial object otherwise. */
  readonly body: unknown;
}

export interface DeleteOptions extends CallOptions {
  /** Default: the kind's own (Background for nearly all). */
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan" | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  /** Precondition: delete only this incarnation. */
  readonly uid?: string | undefined;
  /** Precondition: delete only if nothing changed since. */
  readonly resourceVersion?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface DeleteCollectionOptions extends Selection, CallOptions {
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan" | undefined;
  readonly gracePeriodSeconds?: number | undefined;
}

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

export interface ExecOptions {
  readonly namespace: string;
  readonly pod: string;
  /** Default: the pod's only (or default) container. */
  readonly container?: string | undefined;
  /** Program and arguments; no shell is involved. */
  readonly command: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface RawRequest extends CallOptions {
  /** Default GET. */
  readonly method?: string;
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, a string or buffer as it is. */
  readonly body?: unknown;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Values that are undefined or false are left out; a list repeats the name. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
