/** From the resource as the user wrote it to the cluster as the builders need it. Pure and total: it never throws. */
import { canonicalQuantities } from "@keelson/engine";
import { type PerconaPGCluster, RESERVED_USERS } from "@keelson/resources";
import type { Problem } from "../reasons.ts";
import { durationMs } from "./duration.ts";
import type {
  Backups,
  ClaimSpec,
  Expose,
  ExtensionName,
  HbaRule,
  InstanceSet,
  Metadata,
  Opaque,
  PgCluster,
  PodKnobs,
  Pooler,
  Repo,
  User,
} from "./model.ts";
import { userSecret } from "./names.ts";
import { validate } from "./validate.ts";

/** What the operator's process brings along. */
export interface Catalogue {
  /** Images by major version. */
  readonly postgresql: Readonly<Record<number, string>>;
  readonly agent: string;
  readonly pgbackrest?: string | undefined;
  readonly pgbouncer?: string | undefined;
  readonly dnsSuffix: string;
}

const OPERATOR_VERSION = "3.1.0";

export interface Normalized {
  readonly cluster: PgCluster;
  /** What cannot be done; with any of them the specification is not acted upon. */
  readonly problems: readonly Problem[];
}

type Spec = PerconaPGCluster["spec"];
type Knobs = { readonly [K in keyof PodKnobs]?: unknown };

function metadataOf(
  given: { labels?: Record<string, string>; annotations?: Record<string, string> } | undefined,
): Metadata {
  return { labels: given?.labels ?? {}, annotations: given?.annotations ?? {} };
}

function knobs(given: Knobs | undefined, metadata: Metadata): PodKnobs {
  const optional = [
    "affinity",
    "tolerations",
    "topologySpreadConstraints",
    "priorityClassName",
    "securityContext",
    "resources",
  ] as const;
  const picked = Object.fromEntries(optional.filter((k) => given?.[k] !== undefined).map((k) => [k, given?.[k]]));
  return {
    ...picked,
    metadata,
    env: (given?.env as PodKnobs["env"] | undefined) ?? [],
    envFrom: (given?.envFrom as PodKnobs["envFrom"] | undefined) ?? [],
    sidecars: (given?.sidecars as PodKnobs["sidecars"] | undefined) ?? [],
    sidecarVolumes: (given?.sidecarVolumes as PodKnobs["sidecarVolumes"] | undefined) ?? [],
    sidecarPVCs: (given?.sidecarPVCs as PodKnobs["sidecarPVCs"] | undefined) ?? [],
  };
}

/** A set of several instances keeps one through every eviction; a single one does not stand in the way of a drain. */
const minAvailable = (given: number | string | undefined, replicas: number): number | string =>
  given ?? (replicas > 1 ? 1 : 0);

function instanceSet(given: Spec["instances"][number], index: number): InstanceSet {
  const replicas = given.replicas ?? 1;
  return {
    ...knobs(given, metadataOf(given.metadata)),
    name: given.name === undefined || given.name === "" ? String(index).padStart(2, "0") : given.name,
    replicas,
    dataVolumeClaimSpec: given.dataVolumeClaimSpec as ClaimSpec,
    ...(given.walVolumeClaimSpec === undefined ? {} : { walVolumeClaimSpec: given.walVolumeClaimSpec as ClaimSpec }),
    tablespaceVolumes: (given.tablespaceVolumes ?? []) as InstanceSet["tablespaceVolumes"],
    initContainers: (given.initContainers ?? []) as InstanceSet["initContainers"],
    volumeMounts: (given.volumeMounts ?? []) as InstanceSet["volumeMounts"],
    extraVolumes: (given.extraVolumes ?? []) as InstanceSet["extraVolumes"],
    minAvailable: minAvailable(given.minAvailable, replicas),
  };
}

function exposeOf(given: Spec["expose"]): Expose {
  return {
    type: (given?.type as Expose["type"] | undefined) ?? "ClusterIP",
    ...(given?.nodePort === undefined ? {} : { nodePort: given.nodePort }),
    ...(given?.loadBalancerClass === undefined ? {} : { loadBalancerClass: given.loadBalancerClass }),
    ...(given?.loadBalancerSourceRanges === undefined
      ? {}
      : { loadBalancerSourceRanges: given.loadBalancerSourceRanges }),
    labels: given?.labels ?? {},
    annotations: given?.annotations ?? {},
  };
}

function poolerOf(spec: Spec, image: string): Pooler | undefined {
  const given = spec.proxy?.pgBouncer;
  const replicas = given?.replicas ?? 1;
  if (given === undefined || replicas === 0) return undefined;
  return {
    ...knobs(given, metadataOf(given.metadata)),
    image: given.image ?? image,
    replicas,
    port: given.port ?? 5432,
    minAvailable: minAvailable(given.minAvailable, replicas),
    expose: exposeOf(given.expose),
    paused: given.paused ?? false,
    exposeSuperusers: given.exposeSuperusers ?? false,
    ...(given.usersSecret?.name === undefined ? {} : { usersSecret: given.usersSecret.name }),
    global: given.config?.global ?? {},
    databases: given.config?.databases ?? {},
    users: given.config?.users ?? {},
  };
}

function backupsOf(spec: Spec, image: string): Backups {
  const given = spec.backups.pgbackrest;
  const metadata = metadataOf(given?.metadata);
  const repos: Repo[] = (given?.repos ?? []).map((repo) => ({
    name: repo.name,
    ...(repo.volume === undefined ? {} : { volume: repo.volume.volumeClaimSpec as ClaimSpec }),
    ...(repo.s3 === undefined ? {} : { s3: repo.s3 }),
    ...(repo.gcs === undefined ? {} : { gcs: repo.gcs }),
    ...(repo.azure === undefined ? {} : { azure: repo.azure }),
    schedules: repo.schedules ?? {},
  }));
  const enabled = spec.backups.enabled ?? true;
  const resources = given?.containers?.pgbackrest?.resources ?? given?.sidecars?.pgbackrest?.resources;
  return {
    enabled,
    image: given?.image ?? image,
    repos: repos.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    global: given?.global ?? {},
    configuration: (given?.configuration ?? []) as Opaque[],
    trackLatestRestorableTime: spec.backups.trackLatestRestorableTime ?? enabled,
    repoHost: knobs({ ...given?.repoHost, env: given?.env, envFrom: given?.envFrom } as Knobs, metadata),
    ...(resources === undefined ? {} : { containerResources: resources as Opaque }),
    jobs: {
      ...(given?.jobs?.backoffLimit === undefined ? {} : { backoffLimit: given.jobs.backoffLimit }),
      ...(given?.jobs?.ttlSecondsAfterFinished === undefined
        ? {}
        : { ttlSecondsAfterFinished: given.jobs.ttlSecondsAfterFinished }),
      restartPolicy: given?.jobs?.restartPolicy ?? "Never",
      knobs: knobs(given?.jobs as Knobs | undefined, metadata),
    },
  };
}

function usersOf(spec: Spec, name: string): User[] {
  const given = spec.users ?? [{ name, databases: [name] } as NonNullable<Spec["users"]>[number]];
  return given
    .filter((user) => !RESERVED_USERS.has(user.name))
    .map((user) => ({
      name: user.name,
      databases: user.databases ?? [],
      options: user.options ?? "",
      passwordType: (user.password?.type as User["passwordType"] | undefined) ?? "ASCII",
      secretName: user.secretName ?? userSecret({ name }, user.name),
      grantPublicSchemaAccess: user.grantPublicSchemaAccess ?? false,
    }));
}

function extensionsOf(spec: Spec): Record<ExtensionName, boolean> {
  const given = spec.extensions;
  const old = given?.builtin;
  const pmm = spec.pmm?.enabled === true ? (spec.pmm.querySource ?? "pgstatstatements") : undefined;
  return {
    pg_audit: old?.pg_audit ?? given?.pg_audit?.enabled ?? true,
    pg_cron: given?.pg_cron?.enabled ?? false,
    pg_repack: old?.pg_repack ?? given?.pg_repack?.enabled ?? false,
    pg_stat_monitor: old?.pg_stat_monitor ?? given?.pg_stat_monitor?.enabled ?? pmm === "pgstatmonitor",
    pg_stat_statements: old?.pg_stat_statements ?? given?.pg_stat_statements?.enabled ?? pmm === "pgstatstatements",
    pgvector: old?.pgvector ?? given?.pgvector?.enabled ?? false,
    set_user: given?.set_user?.enabled ?? false,
  };
}

/** Validity of certificates that does not say how long. Source: the contract. */
const CERTIFICATE_DAYS = 365;
const DAY_MS = 86_400_000;

/** Days of `spec.tls.certValidityDuration`; what is no duration is refused by `validate`. */
function certificateDays(text: string | undefined): number {
  const ms = text === undefined || text === "" ? undefined : durationMs(text);
  return ms === undefined ? CERTIFICATE_DAYS : ms / DAY_MS;
}

/** The cluster with every default filled in. */
export function normalize(cr: PerconaPGCluster, catalogue: Catalogue): Normalized {
  const { metadata } = cr;
  // 1024Mi or 1Gi: however an amount is written, it is the same pod.
  const spec = canonicalQuantities(cr.spec);
  const name = metadata.name ?? "";
  const major = spec.postgresVersion;
  const image = spec.image ?? catalogue.postgresql[major] ?? "";
  const switchover = spec.patroni?.switchover;
  const cluster: PgCluster = {
    namespace: metadata.namespace ?? "",
    name,
    uid: metadata.uid ?? "",
    generation: metadata.generation ?? 0,
    annotations: metadata.annotations ?? {},
    finalizers: metadata.finalizers ?? [],
    deleting: metadata.deletionTimestamp !== undefined,
    crVersion: spec.crVersion === undefined || spec.crVersion === "" ? OPERATOR_VERSION : spec.crVersion,
    major,
    image,
    agentImage: catalogue.agent,
    imagePullPolicy: spec.imagePullPolicy,
    imagePullSecrets: (spec.imagePullSecrets ?? []).flatMap((s) => (s.name === undefined ? [] : [{ name: s.name }])),
    port: spec.port ?? 5432,
    dnsSuffix: spec.clusterServiceDNSSuffix ?? catalogue.dnsSuffix,
    metadata: metadataOf(spec.metadata),
    paused: spec.pause ?? false,
    unmanaged: spec.unmanaged ?? false,
    tlsOnly: spec.tlsOnly ?? false,
    sets: spec.instances.map(instanceSet),
    pooler: poolerOf(spec, catalogue.pgbouncer ?? catalogue.postgresql[major] ?? image),
    backups: backupsOf(spec, catalogue.pgbackrest ?? catalogue.postgresql[major] ?? image),
    users: usersOf(spec, name),
    autoCreateUserSchema: spec.autoCreateUserSchema ?? true,
    hba: (spec.authentication?.rules ?? []) as HbaRule[],
    extensions: extensionsOf(spec),
    initSql: spec.databaseInitSQL,
    configFiles: (spec.config?.files ?? []) as Opaque[],
    expose: exposeOf(spec.expose),
    exposeReplicas: exposeOf(spec.exposeReplicas),
    patroni: {
      ttl: spec.patroni?.leaderLeaseDurationSeconds ?? 30,
      loopWait: spec.patroni?.syncPeriodSeconds ?? 10,
      port: spec.patroni?.port ?? 8008,
      createReplicaMethods: spec.patroni?.createReplicaMethods,
      dynamic: (spec.patroni?.dynamicConfiguration ?? {}) as Opaque,
      removeDiverged: spec.patroni?.removeDataDirectoryOnDivergedTimelines ?? false,
      switchover: {
        enabled: switchover?.enabled ?? false,
        type: (switchover?.type as "Switchover" | "Failover" | undefined) ?? "Switchover",
        target: switchover?.targetInstance,
      },
    },
    tls: {
      policy: (spec.tls?.certManagementPolicy as PgCluster["tls"]["policy"] | undefined) ?? "auto",
      certDays: certificateDays(spec.tls?.certValidityDuration),
      custom: {
        ...(spec.secrets?.customTLSSecret?.name === undefined ? {} : { server: spec.secrets.customTLSSecret.name }),
        ...(spec.secrets?.customReplicationTLSSecret?.name === undefined
          ? {}
          : { replication: spec.secrets.customReplicationTLSSecret.name }),
        ...(spec.secrets?.customRootCATLSSecret?.name === undefined
          ? {}
          : { ca: spec.secrets.customRootCATLSSecret.name }),
        ...(spec.proxy?.pgBouncer?.customTLSSecret?.name === undefined
          ? {}
          : { pooler: spec.proxy.pgBouncer.customTLSSecret.name }),
      },
    },
  };
  return { cluster, problems: validate(cluster, spec, catalogue) };
}
