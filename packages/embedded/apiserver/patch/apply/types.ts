import type { JsonObject } from "../../schema/json.ts";
import type { SchemaNode } from "../../schema/schema-node.ts";
import type { ConflictCause } from "./conflict.ts";

export interface ManagedWrite {
  /** The stored object, in the request's version; undefined when the write creates it. */
  readonly live: JsonObject | undefined;
  /** fieldManager of the request. */
  readonly manager: string;
  /** The kind's schema in the request's version. Undefined: deduced from the value (no schema known). */
  readonly schema: SchemaNode | undefined;
  /** `status`, `scale`: written into the entry. Undefined for the main resource. */
  readonly subresource?: string | undefined;
  /**
   * Paths that this endpoint never changes, so that nobody comes to own them through it: `[["status"]]` for the main
   * resource of a kind with a status sub-resource, `[["spec"], ["metadata", "labels"]]`-like for the status endpoint.
   */
  readonly resetFields?: readonly (readonly string[])[] | undefined;
  /** RFC 3339, whole seconds: the time that a changed entry gets. */
  readonly now: string;
}

export interface ApplyRequest extends ManagedWrite {
  /** What the manager wants, whole; apiVersion and kind included, managedFields not. */
  readonly applied: JsonObject;
  readonly force: boolean;
}

export type ApplyOutcome =
  | { readonly type: "applied"; readonly object: JsonObject }
  /** 409 Conflict: message and causes of the Status. */
  | { readonly type: "conflict"; readonly message: string; readonly causes: readonly ConflictCause[] }
  /** 400 or 500 with this text, such as a list of type map whose items lack their key. */
  | { readonly type: "invalid"; readonly status: 400 | 500; readonly message: string };

export interface UpdateRequest extends ManagedWrite {
  /** The object as it will be stored; its managedFields are the client's, who may change or clear them. */
  readonly updated: JsonObject;
}
