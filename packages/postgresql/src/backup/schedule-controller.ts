/** Makes the backups that nobody has to ask for. */
import { isAlreadyExists, type ReconcileContext } from "@keelson/kube";
import { type PerconaPGBackup, perconaPGBackups } from "@keelson/resources";
import { admission } from "../cluster/admission.ts";
import type { ClusterDeps } from "../cluster/controller.ts";
import { annotation, clusterLabels } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import { API_VERSION } from "../cluster/objects.ts";
import type { View } from "../cluster/view.ts";
import { note } from "../inside/notes.ts";
import { problemText } from "../reasons.ts";
import { execute } from "../runtime/execute.ts";
import { removalConfirmation } from "./confirmation.ts";
import { backupEra, ERA } from "./era.ts";
import { type NewBackup, planSchedules, scheduleProblems } from "./plan-schedules.ts";

function backupObject(c: PgCluster, view: View, wanted: NewBackup): PerconaPGBackup {
  return {
    apiVersion: API_VERSION,
    kind: "PerconaPGBackup",
    metadata: {
      name: wanted.name,
      namespace: c.namespace,
      labels: clusterLabels(c),
      annotations: {
        [annotation.backupJobType]: wanted.jobType,
        ...(wanted.jobType === "replica-create" ? { [ERA]: backupEra(c, view) } : {}),
      },
    },
    spec: { pgCluster: c.name, repoName: wanted.repo, method: "pgbackrest", options: [`--type=${wanted.type}`] },
  };
}

/** How often it is looked whether the repositories are gone: nothing tells this controller. */
const REMOVAL_LOOK_MS = 5_000;

async function withdrawConfirmation(
  c: PgCluster,
  view: View,
  deps: ClusterDeps,
  signal: AbortSignal,
): Promise<{ requeueAfterMs?: number }> {
  const confirmation = removalConfirmation(c, view);
  if (confirmation === "needed") return { requeueAfterMs: REMOVAL_LOOK_MS };
  if (confirmation === "spent") {
    const annotations = { [annotation.authorizeBackupRemoval]: null };
    const about = { object: view.cr, namespace: c.namespace };
    await execute([{ type: "annotate", kind: "PerconaPGCluster", name: c.name, annotations }], about, deps, signal);
  }
  return {};
}

export async function reconcileSchedules(
  key: string,
  signal: AbortSignal,
  { log }: ReconcileContext,
  deps: ClusterDeps,
): Promise<{ requeueAfterMs?: number }> {
  const view = deps.world.view(key, deps.now());
  if (view === undefined || view.cr.metadata.deletionTimestamp !== undefined) return {};
  const { cluster: c, isActionable } = await admission(view, deps, signal);
  if (!isActionable) return {};
  if (!c.backups.enabled) return await withdrawConfirmation(c, view, deps, signal);
  const plan = planSchedules(c, view);
  for (const p of scheduleProblems(c))
    deps.events.record(view.cr, { type: "Warning", reason: p.reason, message: problemText(p) });
  for (const wanted of plan.backups) {
    try {
      await deps.client.create(perconaPGBackups, backupObject(c, view, wanted), { signal });
      log.info({ backup: wanted.name, type: wanted.type, jobType: wanted.jobType }, "backup requested");
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
  // After the backups exist: an operator that ends between the two makes the same names again.
  if (Object.keys(plan.marks).length > 0) await note(key, plan.marks, deps, signal);
  return plan.requeueAfterMs === undefined ? {} : { requeueAfterMs: plan.requeueAfterMs };
}
