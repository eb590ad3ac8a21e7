/** When a pause begins: not before the backup that runs has ended. Pure. */
import type { Live } from "@keelson/kube";
import type { PerconaPGBackup } from "@keelson/resources";
import type { PgCluster } from "./model.ts";
import { activeRestore, instancesOf, type View } from "./view.ts";

/** The backup that a pause waits for: it has its turn, and its instances are there. No other one starts while a cluster is to be paused. */
function runningBackup(c: PgCluster, view: View): Live<PerconaPGBackup> | undefined {
  if (!c.paused || activeRestore(view) !== undefined || instancesOf(view).every((i) => i.pod === undefined))
    return undefined;
  return view.backups.find(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && (status?.state === "Starting" || status?.state === "Running"),
  );
}

/** True while a cluster that is to be paused goes on until its backup has ended. */
export const isPausePostponed = (c: PgCluster, view: View): boolean => runningBackup(c, view) !== undefined;

/** What a pause waits for. */
export function pauseWaitsFor(c: PgCluster, view: View): string | undefined {
  const backup = runningBackup(c, view);
  if (backup === undefined) return undefined;
  return `backup ${backup.metadata.name} to end before the cluster stops. To stop it now, delete that PerconaPGBackup`;
}
