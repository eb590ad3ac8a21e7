/** The typed Kubernetes client: every verb takes a kind descriptor and answers with that kind's type. */
import type { Duplex, Readable } from "node:stream";
import { type Credentials, type LoadOptions, loadCredentials } from "../credentials/load.ts";
import { type Kind, type KubeObject, kindPath, type Live, type Ref, refOf } from "../kind.ts";
import { kinds } from "../kinds.ts";
import { selectorText } from "../selector.ts";
import type { Eviction, TokenRequest } from "../types.ts";
import { isNotFound } from "./api-error.ts";
import { deleteBody } from "./delete-body.ts";
import { type ExecResult, type ExecSession, execCollected, openExec } from "./exec.ts";
import { HttpTransport } from "./http-transport.ts";
import { listAll } from "./list.ts";
import type * as o from "./options.ts";
import { openPortForward } from "./port-forward.ts";
import { Requester } from "./requester.ts";
import type { Transport } from "./transport.ts";
import { watchEvents } from "./watch.ts";
import { type Write, Writer } from "./writer.ts";

/** What holds for all calls of a client. */
export interface ClientOptions {
  /** Field manager of writes that name none. Default `keelson`. */
  readonly fieldManager?: string;
  /** Milliseconds: limit of a call that names none. Default 30,000. */
  readonly timeoutMs?: number;
}

const patchTypes: Record<o.PatchType, string> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

/**
 * A Kubernetes API, as one user. Every call throws `ApiError` for an answer that says no, `ConnectionError` when there was no answer
 * (also when its time limit is over), and the signal's reason when its signal ends.
 */
export class Client {
  readonly #http: Requester;
  readonly #transport: Transport;
  readonly #writer: Writer;
  /** The namespace of the kubeconfig's context, or of the pod we run in. */
  readonly namespace: string;

  constructor(transport: Transport, options: ClientOptions & { readonly namespace?: string } = {}) {
    this.#transport = transport;
    this.#http = new Requester(transport, options.timeoutMs ?? 30_000);
    this.#writer = new Writer(this.#http, options.fieldManager ?? "keelson");
    this.namespace = options.namespace ?? "default";
  }

  /** From `kubeconfig`, else `$KUBECONFIG`, else inside a pod its service account, else `~/.kube/config`. Throws when there is none. */
  static async load(options: LoadOptions & ClientOptions = {}): Promise<Client> {
    return Client.from(await loadCredentials(options), options);
  }

  /** With credentials that are known already. Opens no connection before the first call. */
  static from(credentials: Credentials, options: ClientOptions = {}): Client {
    return new Client(new HttpTransport(credentials), { ...options, namespace: credentials.namespace });
  }

  /** Calls the listener after each acknowledged write of this client. Returns the way to stop it. */
  onWrite(listener: (write: Write) => void): () => void {
    return this.#writer.onWrite(listener);
  }

  /** One object as it is now; undefined when there is none. */
  async get<T extends KubeObject>(kind: Kind<T>, ref: Ref, options: o.GetOptions = {}): Promise<Live<T> | undefined> {
    const { resourceVersion, ...call } = options;
    try {
      return await this.#http.json<Live<T>>({
        ...call,
        method: "GET",
        path: this.#path(kind, ref),
        query: { resourceVersion },
      });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** All objects, page by page, at one resource version. */
  list<T extends KubeObject>(kind: Kind<T>, options: o.ListOptions = {}): Promise<o.List<T>> {
    return listAll(this.#http, kind, options);
  }

  /**
   * Changes as they happen. Ends when the server ends it (every few minutes, by design) or the signal does; throws `ApiError` with
   * 410 when the version is no longer retained. Who wants a state that stays true uses an `Informer`.
   */
  watch<T extends KubeObject>(
    kind: Kind<T>,
    options: o.WatchOptions = {},
  ): AsyncGenerator<o.WatchEvent<T>, void, undefined> {
    return watchEvents(this.#http, kind, options);
  }

  /** Makes a new object, in the client's namespace when it names none. `isAlreadyExists` when there is one of that name. */
  create<T extends KubeObject>(kind: Kind<T>, object: NoInfer<T>, options: o.WriteOptions = {}): Promise<Live<T>> {
    const namespace = object.metadata?.namespace ?? this.namespace;
    return this.#writer.send(kind, {
      method: "POST",
      path: kindPath(kind, { namespace }),
      body: whole(kind, object),
      options,
    });
  }

  /** Replaces the object; with `metadata.resourceVersion` only when nobody wrote since (else `isConflict`). */
  replace<T extends KubeObject>(
    kind: Kind<T>,
    object: NoInfer<T>,
    options: o.WriteOptions & { subresource?: string } = {},
  ): Promise<Live<T>> {
    const path = this.#path(kind, refOf(object), options.subresource);
    return this.#writer.send(kind, { method: "PUT", path, body: whole(kind, object), options });
  }

  /** Like `replace`, of the status alone. */
  replaceStatus<T extends KubeObject>(
    kind: Kind<T>,
    object: NoInfer<T>,
    options: o.WriteOptions = {},
  ): Promise<Live<T>> {
    return this.replace(kind, object, { ...options, subresource: "status" });
  }

  /** Server-side apply: the object is our whole intent; fields we stop mentioning are removed, others' fields stay. */
  apply<T extends KubeObject>(kind: Kind<T>, object: NoInfer<T>, options: o.ApplyOptions = {}): Promise<Live<T>> {
    const path = this.#path(kind, refOf(object), options.subresource);
    const query = { force: options.force ?? true };
    const contentType = "application/apply-patch+yaml";
    return this.#writer.send(kind, { method: "PATCH", path, body: whole(kind, object), options, contentType, query });
  }

  /** Changes some fields: `json` by operations (`test` makes it conditional), `merge` and `strategic` by a partial object. */
  patch<T extends KubeObject>(kind: Kind<T>, ref: Ref, patch: o.Patch, options: o.PatchOptions = {}): Promise<Live<T>> {
    const path = this.#path(kind, ref, options.subresource);
    const contentType = patchTypes[patch.type];
    return this.#writer.send(kind, { method: "PATCH", path, body: patch.body, options, contentType });
  }

  /** True when it is gone or on its way (finalizers, grace period), false when there was none. */
  delete(kind: Kind, ref: Ref, options: o.DeleteOptions = {}): Promise<boolean> {
    const at = this.#at(kind, ref);
    return this.#writer.delete(kind, at, kindPath(kind, at), options);
  }

  /** Deletes all objects of a selection, as far as their finalizers let them go. */
  async deleteCollection(kind: Kind, options: o.DeleteCollectionOptions): Promise<void> {
    const { namespace, labelSelector, fieldSelector, signal, timeoutMs, ...rest } = options;
    const query = { labelSelector: selectorText(labelSelector), fieldSelector };
    await this.#http.json({
      method: "DELETE",
      path: kindPath(kind, { namespace }),
      query,
      body: deleteBody(rest),
      signal,
      timeoutMs,
    });
  }

  /** Asks for a pod to go, if its disruption budgets allow it (`isTooManyRequests` when not), as `kubectl drain` does. */
  async evict(pod: Ref, options: o.CallOptions & { gracePeriodSeconds?: number; uid?: string } = {}): Promise<void> {
    const { gracePeriodSeconds, uid, ...call } = options;
    const body: Eviction = {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: pod.name, ...(pod.namespace === undefined ? {} : { namespace: pod.namespace }) },
      deleteOptions: deleteBody({ gracePeriodSeconds, uid }),
    };
    const path = this.#path(kinds.Pod, pod, "eviction");
    await this.#http.json({ ...call, method: "POST", path, body, retry429: false });
  }

  /** A bound token of a service account, and when it ends (RFC 3339). */
  async createToken(
    serviceAccount: Ref,
    spec: TokenRequest["spec"],
    options: o.CallOptions = {},
  ): Promise<{ token: string; expirationTimestamp: string }> {
    const path = this.#path(kinds.ServiceAccount, serviceAccount, "token");
    const body: TokenRequest = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec };
    const answer = await this.#http.json<TokenRequest>({ ...options, method: "POST", path, body });
    const { token = "", expirationTimestamp = "" } = answer.status ?? {};
    return { token, expirationTimestamp };
  }

  /**
   * Runs a command to its end and collects its output; a command that fails is an answer (`exitCode`), not an exception. Throws when it
   * could not be run, or printed more than `maxOutputBytes`.
   */
  exec(
    options: o.ExecOptions & { stdin?: Buffer | string | undefined; timeoutMs?: number; maxOutputBytes?: number },
  ): Promise<ExecResult> {
    return execCollected(this.#transport, options);
  }

  /** Runs a command with streams. No program of ours needs it: the tests of the embedded node do, which has to serve it. */
  execStream(options: o.ExecOptions & { stdin?: boolean; tty?: boolean }): Promise<ExecSession> {
    return openExec(this.#transport, options);
  }

  /** A container's log as a stream of bytes; with `follow` it goes on until the container ends. */
  async logs(pod: Ref, options: o.LogOptions = {}): Promise<Readable> {
    const { signal, ...query } = options;
    const path = this.#path(kinds.Pod, pod, "log");
    const { body } = await this.#http.stream({ method: "GET", path, query, signal });
    return body;
  }

  /** One connection to a port of a pod. No program of ours needs it: the tests of the embedded node do, which has to serve it. */
  portForward(pod: Ref, port: number, options: { signal?: AbortSignal } = {}): Promise<Duplex> {
    return openPortForward(this.#transport, this.#at(kinds.Pod, pod), port, options.signal);
  }

  /** Any other request. Answers with status 400 and more throw `ApiError`. */
  raw(request: o.RawRequest): Promise<o.RawResponse> {
    return this.#http.raw(request);
  }

  /** Ends its connections; calls that are under way fail. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  /** Who names no namespace means the client's own. */
  #at(kind: Kind, { namespace = this.namespace, name }: Ref): Ref & { readonly name: string } {
    return kind.namespaced ? { namespace, name } : { name };
  }

  #path(kind: Kind, ref: Ref, subresource?: string): string {
    return kindPath(kind, { ...this.#at(kind, ref), ...(subresource === undefined ? {} : { subresource }) });
  }
}

function whole(kind: Kind, object: KubeObject): KubeObject {
  return { ...object, apiVersion: kind.apiVersion, kind: kind.kind };
}
