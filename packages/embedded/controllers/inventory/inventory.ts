/**
 * Metadata of every object of the cluster, custom resources included: what the garbage collector and the namespace controller look
 * at. Kinds that another controller keeps whole are shared with it; of the others only metadata is kept.
 */
import {
  type Change,
  defineKind,
  Informer,
  type Kind,
  type KubeObject,
  keyOf,
  kinds,
  type Live,
  type CustomResourceDefinition as WireCrd,
} from "@keelson/kube";
import { millisOf } from "../objects/time.ts";
import type { Runtime } from "../runtime.ts";
import { type ApiResource, discoverResources } from "./discovery.ts";

/** Objects by the uid of each owner. */
const BY_OWNER = "ownerUid";
/** Served, but never anybody's dependents: events live an hour at most, and there are many. */
const IGNORED = new Set(["events", "events.events.k8s.io"]);

/** One object with its kind. */
export interface Entry {
  readonly kind: Kind;
  readonly object: Live;
}

type Listener = (kind: Kind, change: Change<KubeObject>) => void;

export class Inventory {
  readonly #runtime: Runtime;
  readonly #informers = new Map<string, Informer<KubeObject>>();
  readonly #resources = new Map<string, ApiResource>();
  readonly #custom = new Map<string, AbortController>();
  readonly #listeners = new Set<Listener>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #crds: Informer<WireCrd>;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#crds = runtime.cache.informer(kinds.CustomResourceDefinition, { trim: withoutSchemas });
  }

  /** Runs until the signal ends. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#crds.synced(signal);
    const groups = new Set(this.#crds.list().map((crd) => crd.spec.group));
    for (const resource of await discoverResources(this.#runtime.client, signal)) {
      if (groups.has(resource.kind.group)) continue;
      this.#resources.set(idOf(resource.kind), resource);
      if (!isWatchable(resource)) continue;
      // Shared when another controller has asked for the kind; ours alone, with metadata only, when not.
      this.#adopt(resource.kind, this.#runtime.cache.informer(resource.kind, { trim: metadataOnly }));
    }
    const stop = this.#crds.subscribe((change) => this.#definition(change, signal));
    await Promise.all([...this.#informers.values()].map((informer) => informer.synced(signal)));
    this.#ready.resolve();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    stop();
  }

  /** Resolves when all kinds that were there at the start are complete. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Calls the listener for each change of any object, beginning with what is there. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    for (const informer of this.#informers.values()) {
      for (const object of informer.list()) listener(informer.kind, { type: "added", object, initial: true });
    }
    return () => this.#listeners.delete(listener);
  }

  /** Resources of a scope that can be deleted. */
  namespacedResources(): readonly ApiResource[] {
    return [...this.#resources.values()].filter(({ kind, verbs }) => kind.namespaced && verbs.includes("delete"));
  }

  /** What this namespace holds by our knowledge. */
  inNamespace(namespace: string): readonly Entry[] {
    return [...this.#informers.values()]
      .filter(({ kind }) => kind.namespaced)
      .flatMap((informer) => informer.list(namespace).map((object) => ({ kind: informer.kind, object })));
  }

  /** The object at this place. */
  get(kind: Kind, key: string): Live | undefined {
    return this.#informers.get(idOf(kind))?.get(key);
  }

  /** The served kind that an owner reference means, whatever version it was written with. */
  kindOf(apiVersion: string, kindName: string): Kind | undefined {
    const slash = apiVersion.indexOf("/");
    const group = slash < 0 ? "" : apiVersion.slice(0, slash);
    return [...this.#resources.values()].find(({ kind }) => kind.group === group && kind.kind === kindName)?.kind;
  }

  /** The kind with this id, as `idOf` made it. */
  kindById(id: string): Kind | undefined {
    return this.#resources.get(id)?.kind;
  }

  /** Objects that name this uid as an owner. */
  dependents(uid: string): readonly Entry[] {
    return [...this.#informers.values()].flatMap((informer) =>
      informer.byIndex(BY_OWNER, uid).map((object) => ({ kind: informer.kind, object })),
    );
  }

  #adopt(kind: Kind, informer: Informer<KubeObject>): void {
    informer.addIndex(BY_OWNER, ({ metadata }) => (metadata.ownerReferences ?? []).map((owner) => owner.uid));
    this.#informers.set(idOf(kind), informer);
    informer.subscribe((change) => {
      for (const listener of this.#listeners) listener(kind, change);
    });
  }

  #definition(change: Change<WireCrd>, signal: AbortSignal): void {
    const kind = customKind(change.object);
    const id = idOf(kind);
    const isFollowed = this.#custom.has(id) && this.#resources.get(id)?.kind.version === kind.version;
    if (change.type === "deleted") {
      if (this.#custom.has(id)) this.#drop(kind);
    } else if (isEstablished(change.object) && !isFollowed) this.#follow(kind, signal);
  }

  /** Follows a custom kind from now on. In the place of another version of it, which may not be served any more. */
  #follow(kind: Kind, signal: AbortSignal): void {
    const id = idOf(kind);
    this.#custom.get(id)?.abort();
    const own = new AbortController();
    this.#custom.set(id, own);
    this.#resources.set(id, { kind, verbs: ["delete", "deletecollection", "list", "watch"] });
    const informer = new Informer({
      client: this.#runtime.client,
      kind,
      trim: metadataOnly,
      logger: this.#runtime.logger,
    });
    const ended = AbortSignal.any([own.signal, signal]);
    informer.start(ended).catch((err) => {
      if (!ended.aborted) this.#runtime.logger.error({ err, kind: id }, "objects of a kind are not followed any more");
    });
    // Until all is there, what was known under the other version counts: nobody must take its objects for gone.
    if (this.#informers.has(id))
      informer
        .synced(ended)
        .then(() => this.#adopt(kind, informer))
        .catch(() => {});
    else this.#adopt(kind, informer);
  }

  #drop(kind: Kind): void {
    const id = idOf(kind);
    this.#custom.get(id)?.abort();
    this.#custom.delete(id);
    this.#resources.delete(id);
    const gone = this.#informers.get(id);
    this.#informers.delete(id);
    // With the kind its objects are gone: their dependents must hear of it.
    for (const object of gone?.list() ?? []) {
      for (const listener of this.#listeners) listener(kind, { type: "deleted", object });
    }
  }
}

/** A kind as one word, for keys. */
export function idOf(kind: Kind): string {
  return kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`;
}

/** Names one object of any kind: `statefulsets.apps|default/web`. */
export function entryKey(kind: Kind, object: KubeObject): string {
  return `${idOf(kind)}|${keyOf(object)}`;
}

function isWatchable({ kind, verbs }: ApiResource): boolean {
  return !IGNORED.has(idOf(kind)) && ["list", "watch", "delete"].every((verb) => verbs.includes(verb));
}

function isEstablished(crd: WireCrd): boolean {
  const { conditions = [] } = (crd.status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some((condition) => condition.type === "Established" && condition.status === "True");
}

/** The kind in the version it is stored in, if that is served. */
function customKind(crd: WireCrd): Kind {
  const { group, names, scope, versions } = crd.spec;
  const served = versions.filter((version) => version.served);
  const version = (served.find((each) => each.storage) ?? served[0] ?? versions[0])?.name ?? "v1";
  return defineKind({ group, version, kind: names.kind, plural: names.plural, namespaced: scope === "Namespaced" });
}

/** Only the bones are kept: namespaces, names, owners, finalizers and whether it is being deleted. */
function metadataOnly<T extends KubeObject>(object: Live<T>): Live<T> {
  const { name, namespace, uid, resourceVersion, creationTimestamp, ownerReferences, finalizers } = object.metadata;
  const { deletionTimestamp } = object.metadata;
  const metadata = {
    name,
    uid,
    resourceVersion,
    creationTimestamp,
    ...(namespace === undefined ? {} : { namespace }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
    ...(finalizers === undefined ? {} : { finalizers }),
    ...(millisOf(deletionTimestamp) === undefined ? {} : { deletionTimestamp }),
  };
  return { apiVersion: object.apiVersion, kind: object.kind, metadata } as unknown as Live<T>;
}

/** Percona's definitions are megabytes of schema that nobody here reads. */
function withoutSchemas(crd: Live<WireCrd>): Live<WireCrd> {
  const versions = crd.spec.versions.map(({ name, served, storage }) => ({ name, served, storage }));
  const { name, uid, resourceVersion, creationTimestamp, deletionTimestamp, ownerReferences, finalizers } =
    crd.metadata;
  return {
    ...crd,
    metadata: {
      name,
      uid,
      resourceVersion,
      creationTimestamp,
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
      ...(finalizers === undefined ? {} : { finalizers }),
    },
    spec: { ...crd.spec, versions },
  };
}
