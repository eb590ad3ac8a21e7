/** What the pages read, as TanStack queries. The stream keeps the answers up to date, so nothing is polled. */
import type {
  ActivityEvent,
  Backup,
  Catalogue,
  Connection,
  Database,
  DatabaseDetail,
  Restore,
  Session,
  Window,
} from "@keelson/server/api";
import { QueryClient, queryOptions } from "@tanstack/react-query";
import { call, rememberCsrfToken } from "./client.ts";
import { ApiProblem } from "./problem.ts";

export interface Key {
  readonly namespace: string;
  readonly name: string;
}

export const pathOf = ({ namespace, name }: Key): string =>
  `/databases/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (failures, error) => {
          if (!(error instanceof ApiProblem)) return failures < 3;
          return error.isWaiting || (failures < 3 && !(error.status >= 400 && error.status < 500));
        },
        retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 4_000),
      },
    },
  });
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Session | null> => {
    try {
      const session = await call<Session>("/session");
      rememberCsrfToken(session.csrfToken);
      return session;
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 5 * 60_000,
});

export const databasesQuery = queryOptions({
  queryKey: ["databases"],
  queryFn: async ({ signal }) => (await call<{ items: Database[] }>("/databases", { signal })).items,
});

export const databaseQuery = (key: Key) =>
  queryOptions({
    queryKey: ["database", key.namespace, key.name],
    queryFn: ({ signal }) => call<DatabaseDetail>(pathOf(key), { signal }),
  });

export interface Recovery {
  readonly items: readonly Backup[];
  readonly window?: Window;
}

export const backupsQuery = (key: Key) =>
  queryOptions({
    queryKey: ["backups", key.namespace, key.name],
    queryFn: ({ signal }) => call<Recovery>(`${pathOf(key)}/backups`, { signal }),
  });

export const restoresQuery = (key: Key) =>
  queryOptions({
    queryKey: ["restores", key.namespace, key.name],
    queryFn: async ({ signal }) => (await call<{ items: Restore[] }>(`${pathOf(key)}/restores`, { signal })).items,
  });

export const eventsQuery = (key: Key) =>
  queryOptions({
    queryKey: ["events", key.namespace, key.name],
    queryFn: async ({ signal }) => (await call<{ items: ActivityEvent[] }>(`${pathOf(key)}/events`, { signal })).items,
  });

/** Without passwords: those are asked for by a click and kept nowhere. */
export const connectionQuery = (key: Key) =>
  queryOptions({
    queryKey: ["connection", key.namespace, key.name],
    queryFn: ({ signal }) => call<Connection>(`${pathOf(key)}/connection`, { signal }),
  });

export const catalogueQuery = queryOptions({
  queryKey: ["catalogue"],
  queryFn: ({ signal }) => call<Catalogue>("/catalogue", { signal }),
});
