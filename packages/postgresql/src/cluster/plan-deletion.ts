/** The end of a cluster: backups if they are to go, replicas, the primary last, then what the finalizers name. */

import { repoHostStatefulSet } from "../backup/repo-host.ts";
import { FAILED } from "../inside/marks.ts";
import type { Action } from "../plan.ts";
import { label } from "./labels.ts";
import type { PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { podTrouble } from "./pod-trouble.ts";
import { appliedMarks, instancesOf, isReady, primaryOf, type View } from "./view.ts";

/** Keeps the resource until its instances have stopped in order. */
export const OWN_FINALIZER = "keelson.dev/orderly-shutdown";
export const DELETE_PVC = "percona.com/delete-pvc";
export const DELETE_SSL = "percona.com/delete-ssl";
export const DELETE_BACKUPS = "percona.com/delete-backups";
/** Set by Percona's operator; there is nothing to do for it here. */
const LEGACY = ["internal.percona.com/stop-watchers", "percona.com/stop-watchers"];

export interface DeletionPlan {
  readonly actions: readonly Action[];
  readonly removeFinalizers: readonly string[];
  readonly requeueAfterMs?: number;
}

const remove = (
  kind: string,
  object: { readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string } },
): Action[] =>
  object.metadata.deletionTimestamp !== undefined
    ? []
    : [{ type: "delete", kind, name: object.metadata.name, uid: object.metadata.uid }];

/** The topic under which `inside` notes that the repositories are empty. */
export const BACKUPS_DELETED = "backupsDeleted";

/** After this time without success the user is told what the deletion waits for. */
const TELL_AFTER_MS = 60_000;

/** True while the repositories still have to be emptied. One that was never set up is empty. */
const backupsRemain = (c: PgCluster, view: View): boolean =>
  c.finalizers.includes(DELETE_BACKUPS) &&
  c.backups.enabled &&
  appliedMarks(view.cr)[BACKUPS_DELETED] === undefined &&
  (appliedMarks(view.cr)["stanza"] ?? "") !== "";

/** True while the repositories still have to be emptied, and somebody is there who can do it. */
export function mustDeleteBackups(c: PgCluster, view: View): boolean {
  return backupsRemain(c, view) && isReady(view.pods.get(names.repoHostPod(c)));
}

/** Nothing else goes before the backups are deleted: the repository host is started for it if it must, and what is waited for is said. */
function planBackupsFirst(c: PgCluster, view: View): DeletionPlan {
  const actions: Action[] = [];
  const host = view.statefulSets.get(names.repoHost(c));
  if (host?.metadata.deletionTimestamp === undefined && host?.spec?.replicas !== 1) {
    const object = repoHostStatefulSet(c, true);
    if (object !== undefined) actions.push({ type: "apply", object });
  }
  const late = view.now - Date.parse(view.cr.metadata.deletionTimestamp ?? "") >= TELL_AFTER_MS;
  if (late) {
    const pod = view.pods.get(names.repoHostPod(c));
    const why = isReady(pod)
      ? (appliedMarks(view.cr)[`${BACKUPS_DELETED}${FAILED}`] ?? "a repository does not answer, or refuses")
      : `the repository host ${podTrouble(c, "repoHost", pod) ?? "is not ready"}`;
    actions.push({
      type: "event",
      severity: "Warning",
      reason: "BackupsNotDeleted",
      message: `metadata.finalizers has ${DELETE_BACKUPS}, and the backups cannot be deleted: ${why}. It is tried on, and PostgreSQL runs until then. To let the cluster go and keep what is left of the backups, take the finalizer out.`,
    });
  }
  return { actions, removeFinalizers: [], requeueAfterMs: late ? 30_000 : 5_000 };
}

/** Backups whose repositories go with their volumes: a later cluster of this name must not count them as its own. */
function backupsOnVolumes(c: PgCluster, view: View): Action[] {
  const onVolume = new Set(c.backups.repos.filter((r) => r.volume !== undefined).map((r) => r.name));
  return view.backups.filter((b) => onVolume.has(b.spec.repoName ?? "")).flatMap((b) => remove("PerconaPGBackup", b));
}

export function planDeletion(c: PgCluster, view: View): DeletionPlan {
  const has = (finalizer: string): boolean => c.finalizers.includes(finalizer);
  if (backupsRemain(c, view)) return planBackupsFirst(c, view);
  const backups = has(DELETE_BACKUPS) ? view.backups.flatMap((b) => remove("PerconaPGBackup", b)) : [];

  const instances = instancesOf(view);
  const primary = primaryOf(view);
  const others = instances.filter((i) => i.name !== primary?.name);
  // Poolers at once: their clients have nothing to wait for.
  const first: Action[] = [...backups, ...[...view.deployments.values()].flatMap((d) => remove("Deployment", d))];
  const replicas = others.flatMap((i) => (i.statefulSet === undefined ? [] : remove("StatefulSet", i.statefulSet)));
  const podsOfOthers = [...view.pods.values()].filter(
    (pod) => pod.metadata.labels?.[label.data] === "postgres" && pod.metadata.labels[label.instance] !== primary?.name,
  );
  if (others.length > 0 || (primary !== undefined && podsOfOthers.length > 0))
    return { actions: [...first, ...replicas], removeFinalizers: [] };
  if (primary?.statefulSet !== undefined)
    return { actions: [...first, ...remove("StatefulSet", primary.statefulSet)], removeFinalizers: [] };
  // The repository host stays until the last instance has archived what it wrote last.
  if ([...view.pods.values()].some((pod) => pod.metadata.labels?.[label.data] === "postgres"))
    return { actions: first, removeFinalizers: [] };

  const workloads = [...view.statefulSets.values()].flatMap((sts) => remove("StatefulSet", sts));
  const jobs = [...view.jobs.values()].flatMap((job) => remove("Job", job));
  if (view.statefulSets.size > 0 || view.pods.size > 0)
    return { actions: [...first, ...workloads, ...jobs], removeFinalizers: [] };

  const endpoints = [...view.endpoints.values()]
    .filter((e) => e.metadata.labels?.[label.patroni] !== undefined)
    .flatMap((e) => remove("Endpoints", e));
  const record = view.configMaps.get(names.initSqlRecord(c));
  const volumes = has(DELETE_PVC)
    ? [
        ...[...view.claims.values()].flatMap((claim) => remove("PersistentVolumeClaim", claim)),
        ...(has(DELETE_BACKUPS) ? [] : backupsOnVolumes(c, view)),
        ...[...view.secrets.values()]
          .filter((s) => s.metadata.labels?.[label.role] === "pguser")
          .flatMap((s) => remove("Secret", s)),
        ...(record === undefined ? [] : remove("ConfigMap", record)),
      ]
    : [];
  const certificates = has(DELETE_SSL)
    ? [...view.secrets.values()]
        .filter((s) => isCertificateSecret(c, s.metadata.name, s.metadata.labels ?? {}))
        .flatMap((s) => remove("Secret", s))
    : [];
  return {
    actions: [...jobs, ...endpoints, ...volumes, ...certificates],
    removeFinalizers: [OWN_FINALIZER, DELETE_PVC, DELETE_SSL, DELETE_BACKUPS, ...LEGACY].filter(has),
  };
}

function isCertificateSecret(c: PgCluster, name: string, labels: Readonly<Record<string, string>>): boolean {
  return (
    labels[label.certificate] !== undefined ||
    [names.caSecret(c), names.backupSecret(c), names.poolerSecret(c)].includes(name)
  );
}
