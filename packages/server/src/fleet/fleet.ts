/** All databases of the cluster as they are now, from informers, and word of every change of a view. */
import {
  type Cache,
  type Change,
  type CoreEvent,
  type Informer,
  type KubeObject,
  kinds,
  type Live,
  type Ref,
} from "@keelson/kube";
import type { ActivityEvent, Backup, DatabaseDetail, Restore } from "../api/views.ts";
import { label } from "../manifest/names.ts";
import { backupView, restoreView } from "../model/backup-view.ts";
import { databaseDetail } from "../model/database-view.ts";
import { eventView, isAbout, lastSeen } from "../model/event-view.ts";
import { labelOf, nameOf, type Observed } from "../model/observed.ts";
import { backups, clusters, type PgBackup, type PgCluster, type PgRestore, restores } from "../model/resources.ts";
import { trimCluster, trimEndpoints, trimEvent, trimPod, trimService } from "./trim.ts";

export interface DatabaseKey {
  readonly namespace: string;
  readonly name: string;
}

/** What changed, by the database it belongs to. */
export type FleetChange =
  | { readonly type: "cluster"; readonly key: DatabaseKey }
  | { readonly type: "event"; readonly key: DatabaseKey; readonly activity: ActivityEvent }
  | { readonly type: "backup"; readonly key: DatabaseKey; readonly name: string }
  | { readonly type: "restore"; readonly key: DatabaseKey; readonly name: string };

const byDatabase = "database";
const mine = { labelSelector: label.cluster };

export class Fleet {
  readonly #cache: Cache;
  readonly #clusters: Informer<PgCluster>;
  readonly #backups: Informer<PgBackup>;
  readonly #restores: Informer<PgRestore>;
  readonly #events: Informer<CoreEvent>;
  readonly #pods;
  readonly #endpoints;
  readonly #services;

  constructor(cache: Cache) {
    this.#cache = cache;
    const byLabel = { [byDatabase]: (object: Live) => [keyText(object, labelOf(object, label.cluster))] };
    this.#clusters = cache.informer(clusters, { trim: trimCluster });
    this.#backups = cache.informer(backups, {
      indexes: { [byDatabase]: (one) => [keyText(one, one.spec?.pgCluster)] },
    });
    this.#restores = cache.informer(restores, {
      indexes: { [byDatabase]: (one) => [keyText(one, one.spec?.pgCluster)] },
    });
    this.#pods = cache.informer(kinds.Pod, { ...mine, trim: trimPod, indexes: byLabel });
    this.#endpoints = cache.informer(kinds.Endpoints, { ...mine, trim: trimEndpoints });
    this.#services = cache.informer(kinds.Service, { ...mine, trim: trimService, indexes: byLabel });
    this.#events = cache.informer(kinds.Event, { trim: trimEvent });
  }

  /** Without these a database would be missing, or its state a false one. The others only add to it. */
  get #view(): Pick<Informer<KubeObject>, "hasSynced" | "problem" | "synced">[] {
    return [this.#clusters, this.#pods, this.#backups, this.#restores];
  }

  /** What is not known yet or may be out of date; empty when all is well. */
  problems(): string[] {
    return this.#cache.problems();
  }

  /** Resolves when all that a database's view is made of was read once. */
  async synced(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#view.map((informer) => informer.synced(signal)));
  }

  /**
   * What was never read, with why, of all that a database's view is made of, and of what is asked for besides: what is not found there may
   * exist all the same.
   */
  unread(besides?: "services" | "events"): string[] {
    const needed = [
      ...this.#view,
      ...(besides === undefined ? [] : [{ services: this.#services, events: this.#events }[besides]]),
    ];
    return needed.flatMap((informer) => (informer.hasSynced ? [] : (informer.problem ?? [])));
  }

  keys(): DatabaseKey[] {
    return this.#clusters.list().map(({ metadata }) => ({ namespace: metadata.namespace ?? "", name: metadata.name }));
  }

  cluster(key: DatabaseKey): Live<PgCluster> | undefined {
    return this.#clusters.get(key);
  }

  /** Everything known about one database; undefined when there is none of that name. */
  observe(key: DatabaseKey): Observed | undefined {
    const cluster = this.#clusters.get(key);
    if (cluster === undefined) return undefined;
    const at = `${key.namespace}/${key.name}`;
    return {
      cluster,
      pods: this.#pods.byIndex(byDatabase, at),
      leader: this.#endpoints.get({ namespace: key.namespace, name: `${key.name}-ha` }),
      services: this.#services.byIndex(byDatabase, at),
      backups: this.#backups.byIndex(byDatabase, at),
      restores: this.#restores.byIndex(byDatabase, at),
      warnings: this.#eventsOf(key).filter((event) => event.type === "Warning"),
    };
  }

  database(key: DatabaseKey): DatabaseDetail | undefined {
    const observed = this.observe(key);
    return observed === undefined ? undefined : databaseDetail(observed);
  }

  /** By namespace, then name. */
  databases(): DatabaseDetail[] {
    return this.keys()
      .sort((a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name))
      .flatMap((key) => this.database(key) ?? []);
  }

  /** Newest first. */
  backups(key: DatabaseKey): Backup[] {
    return this.#backups.byIndex(byDatabase, `${key.namespace}/${key.name}`).map(backupView).sort(newestFirst);
  }

  backup(key: DatabaseKey, name: string): Backup | undefined {
    return this.backups(key).find((backup) => backup.name === name);
  }

  /** Newest first. */
  restores(key: DatabaseKey): Restore[] {
    const observed = this.observe(key);
    return (observed?.restores ?? [])
      .map((restore) =>
        restoreView(
          restore,
          observed?.warnings.find((event) => event.involvedObject.name === nameOf(restore))?.message,
        ),
      )
      .sort(newestFirst);
  }

  restore(key: DatabaseKey, name: string): Restore | undefined {
    return this.restores(key).find((restore) => restore.name === name);
  }

  /** Newest first. */
  events(key: DatabaseKey): ActivityEvent[] {
    return this.#eventsOf(key).map(eventView);
  }

  pods(key: DatabaseKey) {
    return this.#pods.byIndex(byDatabase, `${key.namespace}/${key.name}`);
  }

  /** Calls the listener after every change, and for everything that is there at the start. */
  onChange(listener: (change: FleetChange) => void): void {
    const cluster = (change: Change<KubeObject>, name: string | undefined) => {
      if (name !== undefined)
        listener({ type: "cluster", key: { namespace: change.object.metadata.namespace ?? "", name } });
    };
    this.#clusters.subscribe((change) => cluster(change, change.object.metadata.name));
    this.#pods.subscribe((change) => cluster(change, labelOf(change.object, label.cluster)));
    this.#services.subscribe((change) => cluster(change, labelOf(change.object, label.cluster)));
    this.#endpoints.subscribe((change) => cluster(change, labelOf(change.object, label.cluster)));
    this.#backups.subscribe((change) => this.#owned("backup", change, listener));
    this.#restores.subscribe((change) => this.#owned("restore", change, listener));
    this.#events.subscribe((change) => {
      if (change.type === "deleted" || (change.type === "added" && change.initial)) return;
      const { object } = change;
      const key = this.keys().find(
        (one) => one.namespace === object.involvedObject.namespace && isAbout(object, one.name, this.#others(one)),
      );
      if (key !== undefined) listener({ type: "event", key, activity: eventView(object) });
    });
  }

  #owned(
    type: "backup" | "restore",
    change: Change<PgBackup | PgRestore>,
    listener: (change: FleetChange) => void,
  ): void {
    const name = change.object.spec?.pgCluster;
    if (name === undefined) return;
    const key = { namespace: change.object.metadata.namespace ?? "", name };
    listener({ type, key, name: change.object.metadata.name });
    listener({ type: "cluster", key });
  }

  #eventsOf(key: DatabaseKey): CoreEvent[] {
    const others = this.#others(key);
    return this.#events
      .list(key.namespace)
      .filter((event) => isAbout(event, key.name, others))
      .map((event) => ({ event, at: lastSeen(event) }))
      .sort((a, b) => b.at.localeCompare(a.at))
      .map(({ event }) => event);
  }

  #others(key: DatabaseKey) {
    const at = `${key.namespace}/${key.name}`;
    return {
      clusters: this.#clusters.list(key.namespace).map(({ metadata }) => metadata.name),
      owned: new Set([
        ...this.#backups.byIndex(byDatabase, at).map(({ metadata }) => `PerconaPGBackup/${metadata.name}`),
        ...this.#restores.byIndex(byDatabase, at).map(({ metadata }) => `PerconaPGRestore/${metadata.name}`),
      ]),
    };
  }
}

function keyText(object: Live, name: string | undefined): string {
  return `${object.metadata.namespace ?? ""}/${name ?? ""}`;
}

function newestFirst(
  a: { readonly createdAt: string; readonly name: string },
  b: { readonly createdAt: string; readonly name: string },
): number {
  return b.createdAt.localeCompare(a.createdAt) || b.name.localeCompare(a.name);
}

/** The name as the API's paths and messages write it. */
export const textOf = (key: DatabaseKey | Ref): string => `${key.namespace ?? ""}/${key.name}`;
