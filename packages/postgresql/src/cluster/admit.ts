/** The cluster as asked for, and whether it may be acted upon given what is there. Pure. */
import { problem } from "../reasons.ts";
import { annotation, label } from "./labels.ts";
import type { PgCluster } from "./model.ts";
import { repoHost } from "./names.ts";
import { type Catalogue, type Normalized, normalize } from "./normalize.ts";
import type { View } from "./view.ts";

/** True while backups that are turned off still have their repositories. */
function hasRepositories(c: PgCluster, view: View): boolean {
  return (
    view.statefulSets.has(repoHost(c)) ||
    [...view.claims.values()].some((claim) => claim.metadata.labels?.[label.backupVolume] !== undefined)
  );
}

/** `normalize`, and what only the cluster's present state can tell: turning backups off removes them, so it has to be confirmed. */
export function admit(view: View, catalogue: Catalogue): Normalized {
  const { cluster, problems } = normalize(view.cr, catalogue);
  const confirmed = cluster.annotations[annotation.authorizeBackupRemoval] === "true";
  if (cluster.backups.enabled || confirmed || cluster.deleting || !hasRepositories(cluster, view))
    return { cluster, problems };
  const text = `Turning backups off removes the repositories with all their backups. Confirm it with the annotation ${annotation.authorizeBackupRemoval}=true, or set it back to true.`;
  return { cluster, problems: [...problems, problem("BackupRemovalNotAuthorized", "spec.backups.enabled", text)] };
}
