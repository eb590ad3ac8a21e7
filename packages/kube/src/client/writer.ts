/** Sends writes, and tells those who keep copies when one was acknowledged. */
import type { Kind, KubeObject, Live, Ref } from "../kind.ts";
import { isNotFound } from "./api-error.ts";
import { deleteBody } from "./delete-body.ts";
import type { DeleteOptions, Query, WriteOptions } from "./options.ts";
import type { Requester } from "./requester.ts";

/** A write of ours that the API server has acknowledged; caches use it so that they never show the object before it. */
export type Write =
  | { readonly type: "stored"; readonly kind: Kind; readonly object: Live }
  | { readonly type: "removed"; readonly kind: Kind; readonly ref: Ref; readonly uid: string | undefined };

export interface WriteRequest {
  readonly method: "POST" | "PUT" | "PATCH";
  readonly path: string;
  readonly body: unknown;
  readonly options: WriteOptions;
  readonly contentType?: string;
  readonly query?: Query;
}

export class Writer {
  readonly #http: Requester;
  readonly #fieldManager: string;
  readonly #listeners = new Set<(write: Write) => void>();

  constructor(http: Requester, fieldManager: string) {
    this.#http = http;
    this.#fieldManager = fieldManager;
  }

  onWrite(listener: (write: Write) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async send<T extends KubeObject>(kind: Kind<T>, request: WriteRequest): Promise<Live<T>> {
    const { method, path, body, contentType, options } = request;
    const { signal, timeoutMs, dryRun, fieldManager = this.#fieldManager, fieldValidation } = options;
    const query = { dryRun: dryRun === true ? "All" : undefined, fieldManager, fieldValidation, ...request.query };
    const live = await this.#http.json<Live<T>>({ method, path, query, body, contentType, signal, timeoutMs });
    if (dryRun !== true) this.#tell({ type: "stored", kind, object: live });
    return live;
  }

  /** False when there was nothing to delete. */
  async delete(kind: Kind, ref: Ref, path: string, options: DeleteOptions): Promise<boolean> {
    const { signal, timeoutMs, ...rest } = options;
    const body = deleteBody(rest);
    try {
      const answer = await this.#http.json<DeleteAnswer>({ method: "DELETE", path, body, signal, timeoutMs });
      if (options.dryRun !== true) this.#tellDeleted(kind, ref, answer);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** A Status says that the object is gone; the object itself that it is on its way. */
  #tellDeleted(kind: Kind, ref: Ref, answer: DeleteAnswer): void {
    const { details, metadata } = answer;
    if (answer.kind === "Status") this.#tell({ type: "removed", kind, ref, uid: details?.uid });
    else if (metadata?.deletionTimestamp !== undefined) this.#tell({ type: "stored", kind, object: answer as Live });
  }

  #tell(write: Write): void {
    for (const listener of this.#listeners) listener(write);
  }
}

type DeleteAnswer = KubeObject & { readonly details?: { readonly uid?: string } };
