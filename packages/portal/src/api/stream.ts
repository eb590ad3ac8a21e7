/** Live changes: one stream of server-sent events that writes what it brings into the answers of the queries. */
import type { ActivityEvent, Backup, Database, DatabaseDetail, Restore } from "@keelson/server/api";
import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import {
  backupsQuery,
  databaseQuery,
  databasesQuery,
  eventsQuery,
  type Key,
  restoresQuery,
  sessionQuery,
} from "./queries.ts";

/** A page may stay open for weeks, and Kubernetes itself forgets events after an hour. */
const MAX_EVENTS = 1_000;

export type LiveState = "connecting" | "live" | "lost";

/** A change that a person should hear of. */
export interface Notice {
  readonly key: Key;
  readonly text: string;
}

interface Change<View> extends Key {
  readonly deleted: boolean;
  readonly item?: string;
  readonly view?: View;
}

let state: LiveState = "connecting";
const listeners = new Set<() => void>();

function setState(next: LiveState): void {
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

/** Whether what is shown is live. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/**
 * Opens the stream; returns how to close it. `notify` hears of every change of a database's phase. A page that nobody sees has none: a
 * browser opens six connections to a server at most, and tabs in the background would take them all.
 */
export function openStream(queries: QueryClient, notify: (notice: Notice) => void): () => void {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  /** Whether changes may have been missed that the server does not send again. */
  let gap = false;

  const disconnect = () => {
    clearTimeout(retry);
    source?.close();
    setState("connecting");
  };
  const connect = () => {
    source = new EventSource("/api/v1/events/stream");
    source.onopen = () => {
      setState("live");
      if (gap) void queries.invalidateQueries();
      // What could not be read meanwhile is nothing that the stream brings up to date.
      else void queries.invalidateQueries({ predicate: (query) => query.state.status === "error" });
      gap = false;
    };
    source.onerror = () => {
      setState("lost");
      // While it reconnects by itself, the browser says what it saw last: the server sends what came after that, or 'reset'.
      if (source?.readyState !== EventSource.CLOSED) return;
      // An answer that is no stream ended it: signed out, too many streams, or a proxy without a server behind it. A new source knows no
      // last change.
      gap = true;
      void queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
      clearTimeout(retry);
      retry = setTimeout(connect, 5_000);
    };
    on<Change<DatabaseDetail>>(source, "database", (change) => applyDatabase(queries, change, notify));
    on<Change<Backup>>(source, "backup", (change) => applyBackup(queries, change));
    on<Change<Restore>>(source, "restore", (change) => applyRestore(queries, change));
    on<Key & { activity: ActivityEvent }>(source, "activity", (change) => applyActivity(queries, change));
    source.addEventListener("reset", () => void queries.invalidateQueries());
  };

  const follow = () => {
    disconnect();
    if (document.visibilityState === "visible") connect();
    else gap = true;
  };
  document.addEventListener("visibilitychange", follow);
  follow();
  return () => {
    document.removeEventListener("visibilitychange", follow);
    disconnect();
  };
}

function on<T>(source: EventSource, event: string, apply: (change: T) => void): void {
  source.addEventListener(event, (message: MessageEvent<string>) => apply(JSON.parse(message.data) as T));
}

function applyDatabase(queries: QueryClient, change: Change<DatabaseDetail>, notify: (notice: Notice) => void): void {
  const { queryKey } = databaseQuery(change);
  const all = queries.getQueryData(databasesQuery.queryKey);
  const known = all?.find(same(change)) ?? queries.getQueryData(queryKey);
  if (change.deleted || change.view === undefined) {
    queries.setQueryData(databasesQuery.queryKey, (all) => all?.filter((one) => !same(change)(one)));
    void queries.invalidateQueries({ queryKey });
    notify({ key: change, text: `${change.name} is gone` });
    return;
  }
  const { view } = change;
  queries.setQueryData(queryKey, view);
  queries.setQueryData(databasesQuery.queryKey, (all) => (all === undefined ? all : inserted(all, view)));
  // A page that was opened by its address has read no list: what is unknown to it is not new.
  const isNews = known === undefined ? all !== undefined : known.headline !== view.headline;
  if (isNews) notify({ key: change, text: `${view.name}: ${view.headline}` });
}

function inserted(all: readonly Database[], view: DatabaseDetail): Database[] {
  const { topology: _t, steps: _s, conditions: _c, manifest: _m, ...summary } = view;
  return [...all.filter((one) => !same(view)(one)), summary].sort(
    (a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name),
  );
}

function applyBackup(queries: QueryClient, change: Change<Backup>): void {
  const { queryKey } = backupsQuery(change);
  queries.setQueryData(queryKey, (known) =>
    known === undefined ? known : { ...known, items: replaced(known.items, change) },
  );
  // The window is the server's to tell.
  void queries.invalidateQueries({ queryKey });
}

function applyRestore(queries: QueryClient, change: Change<Restore>): void {
  queries.setQueryData(restoresQuery(change).queryKey, (known) =>
    known === undefined ? known : replaced(known, change),
  );
}

function applyActivity(queries: QueryClient, { activity, ...key }: Key & { activity: ActivityEvent }): void {
  queries.setQueryData(eventsQuery(key).queryKey, (known) =>
    known === undefined ? known : [activity, ...known.filter((one) => one.id !== activity.id)].slice(0, MAX_EVENTS),
  );
}

/** The list with the changed item, newest first. */
function replaced<T extends { readonly name: string; readonly createdAt: string }>(
  items: readonly T[],
  change: Change<T>,
): T[] {
  const others = items.filter((one) => one.name !== change.item);
  const all = change.deleted || change.view === undefined ? others : [change.view, ...others];
  return all.sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.name.localeCompare(a.name));
}

const same = (a: Key) => (b: Key) => a.name === b.name && a.namespace === b.namespace;
