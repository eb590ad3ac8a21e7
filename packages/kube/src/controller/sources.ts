/** Where a controller's keys come from. */
import type { Change, Informer } from "../informer/informer.ts";
import { type Kind, type KubeObject, keyOf, type Live } from "../kind.ts";
import type { AddOptions, Priority } from "./work-queue.ts";

/** Puts a key into a controller's queue. */
export type Enqueue = (key: string, options?: AddOptions) => void;

/** What tells a controller which keys to look at. */
export interface Source {
  /** Begins to enqueue keys. Returns the way to stop. */
  start(enqueue: Enqueue): () => void;
  /** Resolves when all keys there were at the start have been enqueued. */
  synced(signal: AbortSignal): Promise<void>;
}

/** Which changes count. */
export interface OwnOptions<T extends KubeObject> {
  /** Changes that are of no interest are left out. Default: all count. */
  readonly when?: (change: Change<T>) => boolean;
  /** Of every change after the start. Default: `user` where a person may have made it, by what changed. */
  readonly priority?: Priority;
}

/** The reconciled kind itself: every object's own key. A change by a user goes before noise of the status. */
export function own<T extends KubeObject>(informer: Informer<T>, options: OwnOptions<T> = {}): Source {
  return mapped(informer, (change) => [keyOf(change.object)], options);
}

/** Objects that the reconciled kind owns: the key of the owner that is their controller. */
export function ownedBy<T extends KubeObject>(informer: Informer<T>, owner: Kind, options: OwnOptions<T> = {}): Source {
  const group = (apiVersion: string) => (apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "");
  const ownerKeys = (object: Live<T>) =>
    (object.metadata.ownerReferences ?? [])
      .filter((ref) => ref.kind === owner.kind && group(ref.apiVersion) === owner.group && ref.controller)
      .map(({ name }) => keyOf(owner.namespaced ? { namespace: object.metadata.namespace, name } : { name }));
  const both = ({ object, previous }: Change<T>) => [
    ...ownerKeys(object),
    ...(previous === undefined ? [] : ownerKeys(previous)),
  ];
  return mapped(informer, both, options);
}

/** Any objects: the keys that the function names. */
export function mapped<T extends KubeObject>(
  informer: Informer<T>,
  keys: (change: Change<T>) => Iterable<string>,
  { when = () => true, priority }: OwnOptions<T> = {},
): Source {
  return {
    start: (enqueue) =>
      informer.subscribe((change) => {
        if (!when(change)) return;
        const initial = change.type === "added" && change.initial;
        const usual = isUserChange(change) ? "user" : "normal";
        for (const key of keys(change)) enqueue(key, { priority: initial ? "resync" : (priority ?? usual) });
      }),
    synced: (signal) => informer.synced(signal),
  };
}

/** What a person (or another controller) wants changed, as against what the system reports. */
function isUserChange<T extends KubeObject>(change: Change<T>): boolean {
  if (change.type !== "updated") return true;
  const { metadata: now } = change.object;
  const { metadata: before } = change.previous;
  return (
    now.generation !== before.generation ||
    now.deletionTimestamp !== before.deletionTimestamp ||
    !sameEntries(now.annotations, before.annotations) ||
    !sameEntries(now.labels, before.labels)
  );
}

function sameEntries(a: Readonly<Record<string, string>> = {}, b: Readonly<Record<string, string>> = {}): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
