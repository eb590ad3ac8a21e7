/** The cluster as the builders and planners see it: defaulted, checked, without optional corners. */
import type { Container, EnvVar, Volume, VolumeMount } from "@keelson/kube";

/** Kubernetes types that are passed through unread. */
export type Opaque = Readonly<Record<string, unknown>>;

export interface Metadata {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ClaimSpec {
  readonly accessModes?: readonly string[];
  readonly storageClassName?: string;
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Where a pod may run and what it may use, as the user wrote it. */
export interface PodKnobs {
  readonly metadata: Metadata;
  readonly affinity?: Opaque;
  readonly tolerations?: readonly Opaque[];
  readonly topologySpreadConstraints?: readonly Opaque[];
  readonly priorityClassName?: string;
  readonly securityContext?: Opaque;
  readonly resources?: Opaque;
  readonly env: readonly EnvVar[];
  readonly envFrom: readonly Opaque[];
  readonly sidecars: readonly Container[];
  readonly sidecarVolumes: readonly Volume[];
  /** Claims that are made for the sidecars, under exactly these names. */
  readonly sidecarPVCs: readonly { readonly name: string; readonly spec: ClaimSpec }[];
}

export interface InstanceSet extends PodKnobs {
  readonly name: string;
  readonly replicas: number;
  readonly dataVolumeClaimSpec: ClaimSpec;
  readonly walVolumeClaimSpec?: ClaimSpec;
  readonly tablespaceVolumes: readonly { readonly name: string; readonly dataVolumeClaimSpec: ClaimSpec }[];
  readonly initContainers: readonly Container[];
  readonly volumeMounts: readonly VolumeMount[];
  readonly extraVolumes: readonly {
    readonly name: string;
    readonly volumeSource: Opaque;
    readonly mounts: readonly Opaque[];
  }[];
  readonly minAvailable: number | string;
}

export interface Expose {
  readonly type: "ClusterIP" | "NodePort" | "LoadBalancer";
  readonly nodePort?: number;
  readonly loadBalancerClass?: string;
  readonly loadBalancerSourceRanges?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Pooler extends PodKnobs {
  readonly image: string;
  readonly replicas: number;
  readonly port: number;
  readonly minAvailable: number | string;
  readonly expose: Expose;
  readonly paused: boolean;
  readonly exposeSuperusers: boolean;
  readonly usersSecret?: string;
  readonly global: Readonly<Record<string, string>>;
  readonly databases: Readonly<Record<string, string>>;
  readonly users: Readonly<Record<string, string>>;
}

export interface Repo {
  readonly name: string;
  readonly volume?: ClaimSpec;
  readonly s3?: { readonly bucket: string; readonly endpoint: string; readonly region: string };
  readonly gcs?: { readonly bucket: string };
  readonly azure?: { readonly container: string };
  readonly schedules: { readonly full?: string; readonly differential?: string; readonly incremental?: string };
}

export interface Backups {
  readonly enabled: boolean;
  readonly image: string;
  readonly repos: readonly Repo[];
  readonly global: Readonly<Record<string, string>>;
  readonly configuration: readonly Opaque[];
  readonly trackLatestRestorableTime: boolean;
  readonly repoHost: PodKnobs;
  readonly containerResources?: Opaque;
  readonly jobs: {
    readonly backoffLimit?: number;
    readonly ttlSecondsAfterFinished?: number;
    readonly restartPolicy: string;
    readonly knobs: PodKnobs;
  };
}

export interface User {
  readonly name: string;
  readonly databases: readonly string[];
  readonly options: string;
  readonly passwordType: "ASCII" | "AlphaNumeric";
  readonly secretName: string;
  readonly grantPublicSchemaAccess: boolean;
}

export interface HbaRule {
  readonly connection?: string;
  readonly databases?: readonly string[];
  readonly users?: readonly string[];
  readonly method?: string;
  readonly options?: Readonly<Record<string, string | number | boolean>>;
  readonly hba?: string;
}

/** Names of the built-in extensions that can be switched on and off. */
export type ExtensionName =
  | "pg_audit"
  | "pg_cron"
  | "pg_repack"
  | "pg_stat_monitor"
  | "pg_stat_statements"
  | "pgvector"
  | "set_user";

export interface PgCluster {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  readonly deleting: boolean;
  readonly crVersion: string;
  readonly major: number;
  readonly image: string;
  readonly agentImage: string;
  readonly imagePullPolicy: string | undefined;
  readonly imagePullSecrets: readonly { readonly name: string }[];
  readonly port: number;
  readonly dnsSuffix: string;
  readonly metadata: Metadata;
  readonly paused: boolean;
  readonly unmanaged: boolean;
  readonly tlsOnly: boolean;
  readonly sets: readonly InstanceSet[];
  readonly pooler: Pooler | undefined;
  readonly backups: Backups;
  readonly users: readonly User[];
  readonly autoCreateUserSchema: boolean;
  readonly hba: readonly HbaRule[];
  readonly extensions: Readonly<Record<ExtensionName, boolean>>;
  readonly initSql: { readonly name: string; readonly key: string } | undefined;
  readonly configFiles: readonly Opaque[];
  readonly expose: Expose;
  readonly exposeReplicas: Expose;
  readonly patroni: {
    readonly ttl: number;
    readonly loopWait: number;
    readonly port: number;
    readonly createReplicaMethods: readonly string[] | undefined;
    readonly dynamic: Opaque;
    readonly removeDiverged: boolean;
    readonly switchover: {
      readonly enabled: boolean;
      readonly type: "Switchover" | "Failover";
      readonly target: string | undefined;
    };
  };
  readonly tls: {
    readonly policy: "auto" | "userProvidedOnly" | "operatorProvidedOnly";
    readonly certDays: number;
    readonly custom: {
      readonly server?: string;
      readonly replication?: string;
      readonly ca?: string;
      readonly pooler?: string;
    };
  };
}

/** Instances that the specification asks for. */
export function wantedInstances(c: PgCluster): number {
  return c.sets.reduce((sum, set) => sum + set.replicas, 0);
}

/** Name under which pods of the cluster find each other. */
export function podHost(c: PgCluster, pod: string): string {
  return `${pod}.${c.name}-pods.${c.namespace}.svc.${c.dnsSuffix}`;
}

/** The field that names a user's Secret, as problems have it. */
export const secretField = (user: User): string => `spec.users[${user.name}].secretName`;
