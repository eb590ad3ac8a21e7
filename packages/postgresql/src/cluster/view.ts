/** What is there of a cluster: one immutable snapshot, read from the informers, that every decision of a pass is made on. */
import type {
  ConfigMap,
  Deployment,
  Endpoints,
  Job,
  KubeSecret,
  Live,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  Service,
  StatefulSet,
  StorageClass,
} from "@keelson/kube";
import type { PerconaPGBackup, PerconaPGCluster, PerconaPGRestore } from "@keelson/resources";
import { annotation, label } from "./labels.ts";
import * as names from "./names.ts";

export type ByName<T> = ReadonlyMap<string, T>;

export interface View {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly cr: Live<PerconaPGCluster>;
  /** When the last renewal of the leader's lock was first seen, in time as `now` is; undefined when it does not say when it was renewed. */
  readonly lockSeenAt: number | undefined;
  readonly statefulSets: ByName<Live<StatefulSet>>;
  readonly deployments: ByName<Live<Deployment>>;
  readonly pods: ByName<Live<Pod>>;
  readonly claims: ByName<Live<PersistentVolumeClaim>>;
  readonly secrets: ByName<Live<KubeSecret>>;
  readonly configMaps: ByName<Live<ConfigMap>>;
  readonly services: ByName<Live<Service>>;
  readonly endpoints: ByName<Live<Endpoints>>;
  readonly jobs: ByName<Live<Job>>;
  readonly budgets: ByName<Live<PodDisruptionBudget>>;
  readonly storageClasses: ByName<Live<StorageClass>>;
  /** Of this cluster, oldest first. */
  readonly backups: readonly Live<PerconaPGBackup>[];
  readonly restores: readonly Live<PerconaPGRestore>[];
}

/** What Patroni says about its member, in the pod's `status` annotation. */
export interface MemberStatus {
  readonly state?: string;
  readonly role?: string;
  readonly version?: string;
  readonly timeline?: number;
  readonly xlog_location?: number;
  /** How a replica gets its WAL: `streaming` or `in archive recovery`. */
  readonly replication_state?: string;
  readonly pending_restart?: boolean;
  readonly pending_restart_reason?: Readonly<
    Record<string, { readonly old_value?: unknown; readonly new_value?: unknown }>
  >;
}

/** One instance with everything that belongs to it. */
export interface Instance {
  readonly name: string;
  readonly set: string;
  readonly statefulSet: Live<StatefulSet> | undefined;
  readonly pod: Live<Pod> | undefined;
  readonly member: MemberStatus;
  readonly role: string | undefined;
  readonly ready: boolean;
}

function parse<T>(text: string | undefined, fallback: T): T {
  if (text === undefined) return fallback;
  try {
    return JSON.parse(text) as T;
  } catch {
    return fallback;
  }
}

export const isReady = (pod: Live<Pod> | undefined): boolean =>
  pod !== undefined &&
  pod.metadata.deletionTimestamp === undefined &&
  pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") === true;

/** Instances that exist as StatefulSets, sorted by name. */
export function instancesOf(view: View): Instance[] {
  return [...view.statefulSets.values()]
    .filter((sts) => sts.metadata.labels?.[label.instance] !== undefined)
    .map((statefulSet) => {
      const { name } = statefulSet.metadata;
      const pod = view.pods.get(names.instancePod(name));
      return {
        name,
        set: statefulSet.metadata.labels?.[label.instanceSet] ?? "",
        statefulSet,
        pod,
        member: parse<MemberStatus>(pod?.metadata.annotations?.["status"], {}),
        role: pod?.metadata.labels?.[label.role],
        ready: isReady(pod),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Patroni's leader lock: which pod holds it, and the version to change it with. */
export function leaderLock(view: View): {
  readonly pod: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly acquiredAt: number;
  /** When it runs out if no renewal is seen; undefined when it does not say. */
  readonly expiresAt: number | undefined;
} {
  const object = view.endpoints.get(names.haService(view.cr.metadata));
  const annotations = object?.metadata.annotations ?? {};
  const pod = annotations["leader"];
  const expiresAt = (view.lockSeenAt ?? Number.NaN) + Number(annotations["ttl"] ?? Number.NaN) * 1_000;
  return {
    pod: pod === undefined || pod === "" ? undefined : pod,
    resourceVersion: object?.metadata.resourceVersion,
    acquiredAt: Date.parse(annotations["acquireTime"] ?? "") || 0,
    expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt,
  };
}

/** The primary: holds the lock, says it is primary, and its pod is there. */
export function primaryOf(view: View): Instance | undefined {
  const lock = leaderLock(view).pod;
  if (lock === undefined) return undefined;
  return instancesOf(view).find(
    (i) =>
      i.pod !== undefined &&
      i.pod.metadata.name === lock &&
      i.pod.metadata.deletionTimestamp === undefined &&
      (i.role === "primary" || i.role === "master") &&
      i.member.state === "running",
  );
}

/** PostgreSQL's identifier of the data, once there are any. */
export function systemIdentifier(view: View): string | undefined {
  const value = view.endpoints.get(names.configService(view.cr.metadata))?.metadata.annotations?.["initialize"];
  return value === undefined || value === "" ? undefined : value;
}

/** The highest timeline of a running member, 0 without any. */
export function timeline(view: View): number {
  const running = instancesOf(view).map((i) => i.member.timeline ?? 0);
  return Math.max(0, ...running);
}

/** Which work inside the pods has been done, by topic: hash of what was wanted then. */
export type AppliedMarks = Readonly<Record<string, string>>;

/** Whose marks these are: a copy of a manifest has them too. Older ones do not say. */
export const MARKED = "cluster";

export function appliedMarks({ metadata }: Live<PerconaPGCluster>): AppliedMarks {
  const marks = parse<AppliedMarks>(metadata.annotations?.[annotation.applied], {});
  return (marks[MARKED] ?? metadata.uid) === metadata.uid ? marks : {};
}

/** Names that may replace the primary in synchronous mode; undefined when replication is asynchronous. */
export function synchronousMembers(view: View): readonly string[] | undefined {
  const annotations = view.endpoints.get(names.syncEndpoints(view.cr.metadata))?.metadata.annotations;
  const standbys = annotations?.["sync_standby"];
  if (annotations?.["leader"] === undefined || annotations["leader"] === "") return undefined;
  return (standbys ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

export type RestorePhase = "stopping" | "restoring" | "starting";

/** The restore that has taken the cluster over, and how far it is. */
export function activeRestore(
  view: View,
): { readonly restore: Live<PerconaPGRestore>; readonly phase: RestorePhase; readonly instance: string } | undefined {
  const restore = view.restores.find((r) => r.status?.state === "Starting" || r.status?.state === "Running");
  if (restore === undefined) return undefined;
  const annotations = restore.metadata.annotations ?? {};
  const instance = annotations["keelson.dev/instance"];
  if (instance === undefined) return undefined;
  const step = annotations["keelson.dev/step"];
  return {
    restore,
    instance,
    phase: step === "starting" ? "starting" : restore.status?.state === "Running" ? "restoring" : "stopping",
  };
}
