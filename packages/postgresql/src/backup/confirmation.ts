/** The user's word that backups may be removed: it counts once. Pure. */
import { annotation, label } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import { repoHost } from "../cluster/names.ts";
import type { View } from "../cluster/view.ts";

/**
 * Whether the confirmation is still needed, while backups are off. It is spent once the repositories are gone: kept longer, it would let the next
 * `enabled: false`, meant or not, remove the backups made since without a question.
 */
export function removalConfirmation(c: PgCluster, view: View): "absent" | "needed" | "spent" {
  if (c.backups.enabled || c.annotations[annotation.authorizeBackupRemoval] === undefined) return "absent";
  const remains =
    view.statefulSets.has(repoHost(c)) ||
    [...view.claims.values()].some((claim) => claim.metadata.labels?.[label.backupVolume] !== undefined);
  return remains ? "needed" : "spent";
}
