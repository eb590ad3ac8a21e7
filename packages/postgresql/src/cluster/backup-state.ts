/** How far a cluster's backups are set up, from what is seen. Pure. */
import type { PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { appliedMarks, isReady, systemIdentifier, type View } from "./view.ts";

export const repoHostReady = (c: PgCluster, view: View): boolean => isReady(view.pods.get(names.repoHostPod(c)));

/** The backup that replicas are made from: any that succeeded in the first repository. */
export function replicaCreateDone(c: PgCluster, view: View): boolean {
  const first = c.backups.repos[0]?.name;
  return (
    view.backups.some((b) => b.status?.state === "Succeeded" && b.spec.repoName === first) ||
    view.cr.status?.pgbackrest?.repos?.some(
      (r) => r.name === first && r.replicaCreateBackupComplete === true && r.stanzaCreated === true,
    ) === true
  );
}

export const stanzaCreated = (view: View): boolean => {
  const sysid = systemIdentifier(view);
  return sysid !== undefined && appliedMarks(view.cr)["stanza"]?.startsWith(`${sysid}/`) === true;
};
