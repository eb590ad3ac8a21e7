/** The cluster as asked for, and whether it may be acted upon given what is there. Pure. */
import type { PerconaPGCluster } from "@keelson/resources";
import { type Problem, problem } from "../reasons.ts";
import { acceptedSpec } from "./accepted-spec.ts";
import { annotation, label } from "./labels.ts";
import type { PgCluster } from "./model.ts";
import { repoHost } from "./names.ts";
import { type Catalogue, type Normalized, normalize } from "./normalize.ts";
import type { View } from "./view.ts";

export interface Admitted extends Normalized {
  /**
   * Whether `cluster` may be acted upon: always while there are no problems. With problems it is the last specification that had none,
   * if there was one; the problems are those of the present one.
   */
  readonly isActionable: boolean;
}

/** True while backups that are turned off still have their repositories. */
function hasRepositories(c: PgCluster, view: View): boolean {
  return (
    view.statefulSets.has(repoHost(c)) ||
    [...view.claims.values()].some((claim) => claim.metadata.labels?.[label.backupVolume] !== undefined)
  );
}

/** `normalize`, and what only the cluster's present state can tell: turning backups off removes them, so it has to be confirmed. */
function judge(view: View, cr: PerconaPGCluster, catalogue: Catalogue): Normalized {
  const { cluster, problems } = normalize(cr, catalogue);
  const confirmed = cluster.annotations[annotation.authorizeBackupRemoval] === "true";
  if (cluster.backups.enabled || confirmed || cluster.deleting || !hasRepositories(cluster, view))
    return { cluster, problems };
  const text = `Turning backups off removes the repositories with all their backups. Confirm it with the annotation ${annotation.authorizeBackupRemoval}=true, or set it back to true.`;
  return { cluster, problems: [...problems, problem("BackupRemovalNotAuthorized", "spec.backups.enabled", text)] };
}

/** What is to be done for the cluster of this snapshot. `missing` is what the specification refers to and is not there. */
export function admit(view: View, catalogue: Catalogue, missing: readonly Problem[] = []): Admitted {
  const { cluster: wanted, problems } = judge(view, view.cr, catalogue);
  const asked = { cluster: wanted, problems: [...problems, ...missing] };
  if (asked.problems.length === 0) return { ...asked, isActionable: true };
  const spec = acceptedSpec(view);
  const last = spec === undefined ? undefined : judge(view, { ...view.cr, spec }, catalogue);
  if (last === undefined || last.problems.length > 0) return { ...asked, isActionable: false };
  // Whether anything may be touched at all is the user's word of today, and so is a stop, which needs nothing that could be missing.
  const paused = last.cluster.paused || (problems.length === 0 && wanted.paused);
  const cluster = { ...last.cluster, unmanaged: wanted.unmanaged, paused };
  return { cluster, problems: asked.problems, isActionable: true };
}
