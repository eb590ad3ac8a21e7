/** Lives of the data, and of the repository that keeps them: what was done in one has to be done again in the next. Pure. */
import { backupConfigHash } from "../cluster/config-maps.ts";
import { annotation } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import { appliedMarks, systemIdentifier, type View } from "../cluster/view.ts";

/** Annotation of a first backup: whose first one it is. */
export const ERA = "keelson.dev/era";
/** The topic under which is noted for which era there is a first backup. */
const NOTE = "replicaCreate";

/** A database and the restore that its data come from. Another one after `initdb` and after each restore. */
export const dataEra = (view: View): string =>
  `${systemIdentifier(view) ?? ""}/${view.cr.metadata.annotations?.[annotation.restored] ?? ""}`;

/** Where the first repository lies: with another place it is empty, whatever its name. */
function firstRepository(c: PgCluster): string {
  const repo = c.backups.repos[0];
  if (repo === undefined) return "";
  const { name, s3, gcs, azure } = repo;
  const place =
    s3 !== undefined
      ? ["s3", s3.endpoint, s3.bucket]
      : gcs !== undefined
        ? ["gcs", gcs.bucket]
        : azure !== undefined
          ? ["azure", azure.container]
          : ["volume"];
  return [name, ...place, c.backups.global[`${name}-path`] ?? ""].join(":");
}

/** One life of the data in one repository: it needs a full backup of its own. */
export const backupEra = (c: PgCluster, view: View): string => `${dataEra(view)}/${firstRepository(c)}`;

/** The note of a first backup that is there. */
export const firstBackupNote = (c: PgCluster, view: View): Record<string, string> => ({ [NOTE]: backupEra(c, view) });

/** True when the data as they are now have a full backup in the first repository as it is now. */
export function firstBackupDone(c: PgCluster, view: View): boolean {
  const era = backupEra(c, view);
  return (
    appliedMarks(view.cr)[NOTE] === era ||
    view.backups.some((b) => b.status?.state === "Succeeded" && b.metadata.annotations?.[ERA] === era)
  );
}

/** True when the repositories as they are configured now are set up for these data. */
export function stanzaReady(c: PgCluster, view: View): boolean {
  const database = systemIdentifier(view);
  return database !== undefined && appliedMarks(view.cr)["stanza"] === `${database}/${backupConfigHash(c)}`;
}
