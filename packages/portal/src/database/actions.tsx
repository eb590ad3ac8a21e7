/** The buttons on top of a database's page. */

import type { DatabaseDetail } from "@keelson/server/api";
import { Button, Menu } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { BackupIcon, PauseIcon, PlayIcon, RestoreIcon, SwapIcon, TrashIcon } from "../components/icons.tsx";
import { ProblemNote } from "../components/problem.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import { useBackUp, useUpdate } from "./mutations.ts";
import { SwitchoverDialog } from "./switchover-dialog.tsx";

export function DatabaseActions({ database }: { readonly database: DatabaseDetail }) {
  const [dialog, setDialog] = useState<"switchover" | "delete">();
  const backUp = useBackUp(database);
  const update = useUpdate(database);
  const { namespace, name, phase } = database;
  const paused = phase === "paused" || phase === "pausing";
  const busy = phase === "deleting" || phase === "restoring" || phase === "creating";
  const close = () => setDialog(undefined);
  return (
    <div className="stack" style={{ alignItems: "flex-end" }}>
      <div className="row wrap">
        {paused ? (
          <Button
            variant="filled"
            leftSection={<PlayIcon />}
            loading={update.isPending}
            onClick={() => update.mutate({ paused: false })}
          >
            Resume
          </Button>
        ) : (
          <Button
            variant="default"
            leftSection={<BackupIcon />}
            loading={backUp.isPending}
            disabled={busy || !database.backups.enabled}
            onClick={() => backUp.mutate("full")}
          >
            Back up now
          </Button>
        )}
        <Menu width={220}>
          <Menu.Target>
            <Button variant="default">More actions</Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<SwapIcon />}
              disabled={busy || paused || database.instances.wanted < 2}
              onClick={() => setDialog("switchover")}
            >
              Switch over …
            </Menu.Item>
            <Menu.Item
              leftSection={<RestoreIcon />}
              disabled={busy || paused || database.backups.window === undefined}
              renderRoot={(props) => (
                <Link
                  {...props}
                  to="/databases/$namespace/$name"
                  params={{ namespace, name }}
                  search={{ tab: "backups" }}
                />
              )}
            >
              Restore to a time …
            </Menu.Item>
            {paused ? null : (
              <Menu.Item leftSection={<PauseIcon />} disabled={busy} onClick={() => update.mutate({ paused: true })}>
                Pause
              </Menu.Item>
            )}
            <Menu.Divider />
            <Menu.Item
              leftSection={<TrashIcon />}
              color="red"
              disabled={phase === "deleting"}
              onClick={() => setDialog("delete")}
            >
              Delete …
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      {backUp.isError ? <ProblemNote error={backUp.error} /> : null}
      {update.isError ? <ProblemNote error={update.error} /> : null}
      {dialog === "switchover" ? <SwitchoverDialog database={database} onClose={close} /> : null}
      {dialog === "delete" ? <DeleteDialog database={database} onClose={close} /> : null}
    </div>
  );
}
