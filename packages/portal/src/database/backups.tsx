/** Backups and restores of a database. */

import type { Backup, DatabaseDetail, Restore } from "@keelson/server/api";
import { Button, Menu, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { backupsQuery, restoresQuery } from "../api/queries.ts";
import { bytesText } from "../components/bytes.ts";
import { Card } from "../components/card.tsx";
import { BackupIcon } from "../components/icons.tsx";
import { ProblemNote } from "../components/problem.tsx";
import { Status } from "../components/status.tsx";
import { Ago, exactTime } from "../components/time.tsx";
import { cronWords } from "./cron-words.ts";
import { type BackupType, useBackUp } from "./mutations.ts";
import { RestoreDialog, RestorePanel } from "./restore-panel.tsx";
import "./backups.css";

export function Backups({ database }: { readonly database: DatabaseDetail }) {
  const backups = useQuery(backupsQuery(database));
  const restores = useQuery(restoresQuery(database));
  if (backups.isLoadingError) return <ProblemNote error={backups.error} onRetry={() => void backups.refetch()} />;
  if (backups.data === undefined) return <Skeleton height={240} radius="lg" />;
  // The stream brings the window with the database as well; the newer one counts.
  const window = [backups.data.window, database.backups.window]
    .filter((one) => one !== undefined)
    .sort((a, b) => b.to.localeCompare(a.to))[0];
  return (
    <div className="stack backups">
      <Card title="Restore to a time" aside={<Schedules database={database} />}>
        {window === undefined ? (
          <p className="muted">
            {database.backups.enabled
              ? "Nothing can be restored yet: the first backup has not finished. It is taken by itself soon after the database is up."
              : "Backups are switched off for this database, so there is nothing to restore."}
          </p>
        ) : (
          <RestorePanel
            database={database}
            window={window}
            backups={backups.data.items}
            restores={restores.data ?? []}
          />
        )}
      </Card>
      <BackupList database={database} backups={backups.data.items} />
      {(restores.data?.length ?? 0) > 0 ? <RestoreList restores={restores.data ?? []} /> : null}
    </div>
  );
}

function Schedules({ database }: { readonly database: DatabaseDetail }) {
  const { enabled, schedules } = database.backups;
  if (!enabled) return null;
  const words = schedules.map(({ type, cron }) => `${type} ${cronWords(cron)}`).join("; ");
  return <span className="muted small">{words === "" ? "No schedule: backups on demand" : `Schedule: ${words}`}</span>;
}

const types: readonly (readonly [BackupType, string])[] = [
  ["full", "Full: everything"],
  ["differential", "Differential: since the last full one"],
  ["incremental", "Incremental: since the last one"],
];

function BackupList({ database, backups }: { readonly database: DatabaseDetail; readonly backups: readonly Backup[] }) {
  const backUp = useBackUp(database);
  const [restoring, setRestoring] = useState<string>();
  const disabled =
    !database.backups.enabled ||
    database.phase === "paused" ||
    database.phase === "deleting" ||
    database.phase === "creating";
  return (
    <Card
      title="Backups"
      flush
      aside={
        <Menu>
          <Menu.Target>
            <Button size="xs" leftSection={<BackupIcon />} loading={backUp.isPending} disabled={disabled}>
              Back up now
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {types.map(([type, text]) => (
              <Menu.Item key={type} onClick={() => backUp.mutate(type)}>
                {text}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      }
    >
      {backUp.isError ? <ProblemNote error={backUp.error} /> : null}
      {backups.length === 0 ? (
        <p className="muted backups-empty">None yet.</p>
      ) : (
        <table className="backup-table">
          <caption className="hidden-visually">Backups, newest first</caption>
          <thead>
            <tr>
              <th scope="col">Backup</th>
              <th scope="col">State</th>
              <th scope="col">When</th>
              <th scope="col">Size</th>
              <th scope="col">
                <span className="hidden-visually">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {[...backups].sort(newestFirst).map((backup) => (
              <tr key={backup.name}>
                <th scope="row">
                  <span className="backup-name">{backup.label ?? backup.name}</span>
                  <span className="db-sub">
                    {backup.type} · {backup.repo}
                  </span>
                </th>
                <td>
                  <Status level={backup.level}>
                    {stateWords[backup.state]}
                    {backup.error === undefined ? null : <span className="backup-error">{backup.error}</span>}
                  </Status>
                </td>
                <td>
                  <Ago at={backup.completedAt ?? backup.createdAt} />
                </td>
                <td className="tabular nowrap">{backup.sizeBytes === undefined ? "" : bytesText(backup.sizeBytes)}</td>
                <td className="backup-actions">
                  {backup.state === "succeeded" && backup.label !== undefined ? (
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      aria-label={`Restore to the end of ${backup.label}`}
                      onClick={() => setRestoring(backup.name)}
                    >
                      Restore …
                    </Button>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {restoring === undefined ? null : (
        <RestoreDialog database={database} wish={{ backup: restoring }} onClose={() => setRestoring(undefined)} />
      )}
    </Card>
  );
}

/** By when they ended: a backup that runs is the newest. */
function newestFirst(a: Backup, b: Backup): number {
  const key = (backup: Backup) =>
    backup.state === "succeeded" || backup.state === "failed"
      ? (backup.completedAt ?? backup.createdAt)
      : `~${backup.createdAt}`;
  return key(b).localeCompare(key(a));
}

const stateWords: Record<Backup["state"], string> = {
  waiting: "Waiting",
  starting: "Starting",
  running: "Running",
  succeeded: "Done",
  failed: "Failed",
};

function RestoreList({ restores }: { readonly restores: readonly Restore[] }) {
  return (
    <Card title="Restores" flush>
      <table className="backup-table">
        <caption className="hidden-visually">Restores, newest first</caption>
        <thead>
          <tr>
            <th scope="col">To</th>
            <th scope="col">State</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {restores.map((restore) => (
            <tr key={restore.name}>
              <th scope="row">
                <span className="backup-name">
                  {/^\d{4}-/.test(restore.target) ? exactTime(restore.target) : restore.target}
                </span>
                <span className="db-sub">{restore.name}</span>
              </th>
              <td>
                <Status level={restore.level}>
                  {stateWords[restore.state]}
                  {restore.error === undefined ? null : <span className="backup-error">{restore.error}</span>}
                </Status>
              </td>
              <td>
                <Ago at={restore.completedAt ?? restore.createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
