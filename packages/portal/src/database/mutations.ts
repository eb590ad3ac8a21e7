/** What can be done to a database, as mutations that confirm in words. */
import type { Backup, DatabaseDetail, Restore } from "@keelson/server/api";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../api/client.ts";
import { backupsQuery, databaseQuery, type Key, pathOf, restoresQuery } from "../api/queries.ts";
import { useTryKey } from "../api/try-key.ts";
import { useAnnouncer } from "../components/announcer.tsx";
import type { RestoreWish } from "./restore-wish.ts";

export type BackupType = "full" | "differential" | "incremental";

export function useBackUp(database: Key) {
  const queries = useQueryClient();
  const { confirm } = useAnnouncer();
  const key = useTryKey();
  return useMutation({
    mutationFn: (type: BackupType) =>
      call<Backup>(`${pathOf(database)}/backups`, { method: "POST", body: { type }, idempotencyKey: key.for(type) }),
    onSuccess: async (backup) => {
      confirm(`The backup ${backup.name} was asked for.`);
      await queries.invalidateQueries({ queryKey: backupsQuery(database).queryKey });
    },
    onSettled: (_answer, error) => key.ended(error ?? undefined),
  });
}

export function useRestore(database: Key) {
  const queries = useQueryClient();
  const { confirm } = useAnnouncer();
  const key = useTryKey();
  return useMutation({
    mutationFn: (wish: RestoreWish) =>
      call<Restore>(`${pathOf(database)}/restores`, { method: "POST", body: wish, idempotencyKey: key.for(wish) }),
    onSuccess: async () => {
      confirm(`The restore of ${database.name} has begun.`);
      await queries.invalidateQueries({ queryKey: restoresQuery(database).queryKey });
    },
    onSettled: (_answer, error) => key.ended(error ?? undefined),
  });
}

export function useSwitchover(database: Key) {
  const { confirm } = useAnnouncer();
  return useMutation({
    mutationFn: (target: string | undefined) =>
      call(`${pathOf(database)}/switchover`, { method: "POST", body: target === undefined ? {} : { target } }),
    onSuccess: () => confirm("The switchover was asked for; the drawing shows it as it happens."),
  });
}

export interface Changes {
  readonly instances?: number;
  readonly poolers?: number;
  readonly storage?: string;
  readonly paused?: boolean;
}

export function useUpdate(database: Key) {
  const queries = useQueryClient();
  const { confirm } = useAnnouncer();
  return useMutation({
    mutationFn: (changes: Changes) => call<DatabaseDetail>(pathOf(database), { method: "PATCH", body: changes }),
    onSuccess: (view) => {
      queries.setQueryData(databaseQuery(database).queryKey, view);
      confirm(`${database.name} is being changed.`);
    },
  });
}

export function useDelete(database: Key & { readonly uid: string }) {
  const { confirm } = useAnnouncer();
  return useMutation({
    mutationFn: (data: "keep" | "delete") =>
      call(`${pathOf(database)}?data=${data}&uid=${encodeURIComponent(database.uid)}`, { method: "DELETE" }),
    onSuccess: () => confirm(`${database.name} is being deleted.`),
  });
}
