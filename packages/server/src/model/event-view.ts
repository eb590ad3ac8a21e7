/** A Kubernetes Event as the portal shows it, and which events belong to a database. Pure. */
import type { CoreEvent } from "@keelson/kube";
import type { ActivityEvent } from "../api/views.ts";
import { isoTime } from "./observed.ts";

/** When an event was last seen: the newest of the several fields that say it. */
export function lastSeen(event: CoreEvent): string {
  const times = [
    event.series?.lastObservedTime,
    event.lastTimestamp,
    event.eventTime,
    event.firstTimestamp,
    event.metadata?.creationTimestamp,
  ];
  return (
    times.map((time) => isoTime(time ?? undefined)).find((time) => time !== undefined) ?? new Date(0).toISOString()
  );
}

/** One event. */
export function eventView(event: CoreEvent): ActivityEvent {
  const lastAt = lastSeen(event);
  return {
    id: event.metadata?.uid ?? `${event.metadata?.namespace}/${event.metadata?.name}`,
    type: event.type === "Warning" ? "Warning" : "Normal",
    reason: event.reason ?? "",
    message: event.message ?? "",
    about: `${event.involvedObject.kind ?? "object"} ${event.involvedObject.name ?? ""}`,
    count: event.series?.count ?? event.count ?? 1,
    firstAt: isoTime(event.firstTimestamp ?? event.eventTime ?? event.metadata?.creationTimestamp) ?? lastAt,
    lastAt,
  };
}

/** The kinds whose objects are named after their database. */
const named = new Set([
  "Pod",
  "StatefulSet",
  "Deployment",
  "ReplicaSet",
  "Job",
  "PersistentVolumeClaim",
  "Service",
  "Endpoints",
  "Secret",
  "ConfigMap",
  "PodDisruptionBudget",
]);

/**
 * Whether an event is about this database: about the cluster itself, about one of its backups or restores, or about an object whose
 * name begins with the cluster's and that no database with a longer name owns.
 */
export function isAbout(
  event: CoreEvent,
  cluster: string,
  others: { readonly clusters: readonly string[]; readonly owned: ReadonlySet<string> },
): boolean {
  const { kind = "", name = "" } = event.involvedObject;
  if (kind === "PerconaPGCluster") return name === cluster;
  if (kind === "PerconaPGBackup" || kind === "PerconaPGRestore") return others.owned.has(`${kind}/${name}`);
  if (!named.has(kind) || !name.startsWith(`${cluster}-`)) return false;
  return !others.clusters.some(
    (other) =>
      other.length > cluster.length &&
      other.startsWith(`${cluster}-`) &&
      (name === other || name.startsWith(`${other}-`)),
  );
}
