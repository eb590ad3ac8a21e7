/** Turns the fleet's changes into events of the stream: several changes at once become one, a view that stayed the same none. */
import { createHash } from "node:crypto";
import type { StreamHub } from "../stream/hub.ts";
import { type DatabaseKey, type Fleet, type FleetChange, textOf } from "./fleet.ts";

/** Changes come in bursts (a pod's status is written several times a second while it starts). */
const GATHER_MS = 60;

/** Publishes every change of a view until `signal` ends. */
export function announce(fleet: Fleet, hub: StreamHub, signal: AbortSignal): void {
  const announcer = new Announcer(fleet, hub);
  fleet.onChange((change) => announcer.note(change));
  signal.addEventListener("abort", () => announcer.stop(), { once: true });
}

class Announcer {
  readonly #fleet: Fleet;
  readonly #hub: StreamHub;
  readonly #pending = new Map<string, FleetChange>();
  /** Digest of each view as it was last published. */
  readonly #published = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(fleet: Fleet, hub: StreamHub) {
    this.#fleet = fleet;
    this.#hub = hub;
  }

  note(change: FleetChange): void {
    this.#pending.set(`${change.type} ${textOf(change.key)} ${partOf(change)}`, change);
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #flush(): void {
    this.#timer = undefined;
    const changes = [...this.#pending];
    this.#pending.clear();
    for (const [id, change] of changes) this.#publish(id, change);
  }

  #publish(id: string, change: FleetChange): void {
    const { key } = change;
    switch (change.type) {
      case "cluster":
        this.#view("database", id, key, this.#fleet.database(key));
        break;
      case "backup":
        this.#view("backup", id, key, this.#fleet.backup(key, change.name), change.name);
        break;
      case "restore":
        this.#view("restore", id, key, this.#fleet.restore(key, change.name), change.name);
        break;
      case "event":
        this.#hub.publish("activity", { ...key, activity: change.activity });
    }
  }

  /** Sends the view, or word that it is gone. */
  #view(event: string, id: string, key: DatabaseKey, view: object | undefined, name?: string): void {
    if (view === undefined) {
      if (this.#published.delete(id))
        this.#hub.publish(event, { ...key, ...(name === undefined ? {} : { item: name }), deleted: true });
      return;
    }
    const digest = digestOf(view);
    if (this.#published.get(id) === digest) return;
    this.#published.set(id, digest);
    this.#hub.publish(event, { ...key, ...(name === undefined ? {} : { item: name }), deleted: false, view });
  }
}

/** What of the database changed: changes of different parts are all sent, several of one part once. */
function partOf(change: FleetChange): string {
  if (change.type === "event") return change.activity.id;
  return change.type === "cluster" ? "" : change.name;
}

/** The resource version alone is no news. */
function digestOf(view: object): string {
  return createHash("sha1")
    .update(JSON.stringify({ ...view, resourceVersion: undefined }))
    .digest("base64");
}
