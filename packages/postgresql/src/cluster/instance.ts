/** One instance: a StatefulSet of one pod. Instances are deleted and restarted one by one, so each has its own. */
import type { Container, EnvVar, StatefulSet, Volume, VolumeMount } from "@keelson/kube";
import { annotation, instanceLabels, label } from "./labels.ts";
import type { InstanceSet, PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { haService } from "./names.ts";
import { meta } from "./objects.ts";
import * as paths from "./paths.ts";
import {
  agent,
  COMMON_ENV,
  container,
  copyTools,
  env,
  fieldEnv,
  httpProbe,
  item,
  podTemplate,
  sharedMemory,
  tmpMount,
  tmpVolume,
  tools,
  toolsMount,
} from "./pod.ts";
import { templateHash } from "./template-hash.ts";

export interface InstanceState {
  readonly instance: string;
  /** False stops the pod and keeps everything else. */
  readonly running: boolean;
  /** Name of the restore that the cluster's data come from, if any; part of the pod so that the agent can tell old data. */
  readonly restored: string | undefined;
}

/** Time for a shutdown checkpoint. Patroni stops PostgreSQL in `fast` mode, which is over in a second unless much is dirty. */
const TERMINATION_GRACE_SECONDS = 60;

function volumes(c: PgCluster, set: InstanceSet, instance: string): Volume[] {
  const claim = (name: string, claimName: string): Volume => ({ name, persistentVolumeClaim: { claimName } });
  return [
    claim("postgres-data", names.dataVolume(instance)),
    ...(set.walVolumeClaimSpec === undefined ? [] : [claim("postgres-wal", names.walVolume(instance))]),
    ...set.tablespaceVolumes.map((t) => claim(`tablespace-${t.name}`, names.tablespaceVolume(instance, t.name))),
    { name: "cert-volume", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
    {
      name: "cert-source",
      projected: {
        defaultMode: 0o600,
        sources: [
          {
            secret: {
              name: names.serverSecret(c),
              items: [item("tls.crt", "tls.crt"), item("tls.key", "tls.key"), item("ca.crt", "ca.crt")],
            },
          },
          {
            secret: {
              name: names.replicationSecret(c),
              items: [
                item("tls.crt", "replication/tls.crt"),
                item("tls.key", "replication/tls.key"),
                item("ca.crt", "replication/ca.crt"),
              ],
            },
          },
        ],
      },
    },
    {
      name: "patroni-config",
      projected: {
        sources: [
          {
            configMap: {
              name: names.clusterConfig(c),
              items: [item("patroni.yaml", "~postgres-operator_cluster.yaml")],
            },
          },
          {
            configMap: {
              name: names.instanceConfig(instance),
              items: [item("patroni.yaml", "~postgres-operator_instance.yaml")],
            },
          },
          {
            secret: {
              name: names.instanceSecret(instance),
              items: [
                item("patroni.ca-roots", "~postgres-operator/patroni.ca-roots"),
                item("patroni.crt-combined", "~postgres-operator/patroni.crt-combined"),
              ],
            },
          },
        ],
      },
    },
    ...(c.backups.enabled ? backupVolumes(c, instance) : []),
    ...(c.configFiles.length > 0 ? [{ name: "postgres-config", projected: { sources: [...c.configFiles] } }] : []),
    {
      name: "database-containerinfo",
      downwardAPI: {
        items: [
          { path: "labels", fieldRef: { fieldPath: "metadata.labels" } },
          { path: "annotations", fieldRef: { fieldPath: "metadata.annotations" } },
        ],
      },
    },
    tmpVolume,
    sharedMemory,
    tools,
    ...set.extraVolumes.map((v) => ({ name: v.name, ...v.volumeSource })),
  ];
}

function backupVolumes(c: PgCluster, instance: string): Volume[] {
  return [
    {
      name: "pgbackrest-config",
      projected: {
        sources: [
          ...c.backups.configuration,
          {
            configMap: {
              name: names.backupConfig(c),
              items: [
                item("pgbackrest_instance.conf", "pgbackrest_instance.conf"),
                item("config-hash", "config-hash"),
                item("pgbackrest-server.conf", "~postgres-operator_server.conf"),
              ],
            },
          },
          {
            secret: {
              name: names.backupSecret(c),
              items: [
                item("pgbackrest.ca-roots", "~postgres-operator/tls-ca.crt"),
                item("pgbackrest-client.crt", "~postgres-operator/client-tls.crt"),
                { ...item("pgbackrest-client.key", "~postgres-operator/client-tls.key"), mode: 0o600 },
              ],
            },
          },
        ],
      },
    },
    {
      name: "pgbackrest-server",
      projected: {
        sources: [
          {
            secret: {
              name: names.instanceSecret(instance),
              items: [
                item("pgbackrest-server.crt", "server-tls.crt"),
                { ...item("pgbackrest-server.key", "server-tls.key"), mode: 0o600 },
              ],
            },
          },
        ],
      },
    },
  ];
}

function environment(c: PgCluster, set: InstanceSet, instance: string, restored: string | undefined): EnvVar[] {
  const pod = names.instancePod(instance);
  return [
    ...env({
      PGDATA: paths.dataDirectory(c.major),
      PGHOST: paths.SOCKETS,
      PGPORT: String(c.port),
      ...COMMON_ENV,
      KRB5_CONFIG: "/etc/postgres/krb5.conf",
      KRB5RCACHEDIR: "/tmp",
      LDAPTLS_CACERT: "/etc/postgres/ldap/ca.crt",
      PATRONICTL_CONFIG_FILE: "/etc/patroni",
      PGBACKREST_CONFIG_PATH: "/etc/pgbackrest",
      PGBACKREST_STANZA: paths.STANZA,
      KEELSON_WAL: paths.walDirectory(c.major, set.walVolumeClaimSpec !== undefined),
      KEELSON_MAJOR: String(c.major),
      KEELSON_PATRONI_PORT: String(c.patroni.port),
      KEELSON_SCOPE: haService(c),
      KEELSON_TABLESPACES: set.tablespaceVolumes.map((t) => t.name).join(","),
      ...(restored === undefined ? {} : { KEELSON_RESTORED: restored }),
      PATRONI_KUBERNETES_PORTS: `[{"name": "postgres", "port": ${c.port}, "protocol": "TCP"}]`,
      PATRONI_POSTGRESQL_CONNECT_ADDRESS: `${pod}.${names.podService(c)}:${c.port}`,
      PATRONI_POSTGRESQL_LISTEN: `*:${c.port}`,
      PATRONI_POSTGRESQL_CONFIG_DIR: paths.dataDirectory(c.major),
      PATRONI_POSTGRESQL_DATA_DIR: paths.dataDirectory(c.major),
      PATRONI_POSTGRESQL_BIN_DIR: paths.binDirectory(c.major),
      PATRONI_RESTAPI_CONNECT_ADDRESS: `${pod}.${names.podService(c)}:${c.patroni.port}`,
      PATRONI_RESTAPI_LISTEN: `*:${c.patroni.port}`,
    }),
    fieldEnv("PATRONI_NAME", "metadata.name"),
    fieldEnv("PATRONI_KUBERNETES_POD_IP", "status.podIP"),
    fieldEnv("KEELSON_NAMESPACE", "metadata.namespace"),
    fieldEnv("KEELSON_POD_UID", "metadata.uid"),
  ];
}

function mounts(c: PgCluster, set: InstanceSet): VolumeMount[] {
  return [
    { name: "cert-volume", mountPath: paths.TLS },
    { name: "cert-source", mountPath: paths.TLS_SOURCE, readOnly: true },
    { name: "postgres-data", mountPath: paths.DATA },
    ...(set.walVolumeClaimSpec === undefined ? [] : [{ name: "postgres-wal", mountPath: paths.WAL }]),
    ...set.tablespaceVolumes.map((t) => ({
      name: `tablespace-${t.name}`,
      mountPath: `${paths.TABLESPACES}/${t.name}`,
    })),
    { name: "patroni-config", mountPath: "/etc/patroni", readOnly: true },
    ...(c.backups.enabled ? [{ name: "pgbackrest-config", mountPath: "/etc/pgbackrest/conf.d", readOnly: true }] : []),
    ...(c.configFiles.length > 0 ? [{ name: "postgres-config", mountPath: "/etc/postgres", readOnly: true }] : []),
    { name: "database-containerinfo", mountPath: "/etc/database-containerinfo", readOnly: true },
    tmpMount,
    { name: "dshm", mountPath: "/dev/shm" },
    toolsMount,
  ];
}

function databaseContainer(c: PgCluster, set: InstanceSet, variables: EnvVar[]): Container {
  const period = c.patroni.loopWait;
  const failureThreshold = Math.max(1, Math.floor(c.patroni.ttl / period));
  const timing = { periodSeconds: period, timeoutSeconds: Math.max(1, Math.floor(period / 2)), failureThreshold };
  return container(c, {
    name: "database",
    image: c.image,
    command: ["sh", `${paths.BIN}/supervise`],
    env: variables,
    ports: [
      { name: "postgres", containerPort: c.port, protocol: "TCP" },
      { name: "patroni", containerPort: c.patroni.port, protocol: "TCP" },
    ],
    // Asks every second until the instance is up for the first time, however long a copy or a recovery takes.
    startupProbe: httpProbe("/readiness", { periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 1_000_000 }),
    livenessProbe: httpProbe("/liveness", timing),
    readinessProbe: httpProbe("/readiness", timing),
    terminationMessagePolicy: "FallbackToLogsOnError",
    ...(set.resources === undefined ? {} : { resources: set.resources }),
    volumeMounts: [
      ...mounts(c, set),
      ...set.volumeMounts,
      ...set.extraVolumes.flatMap((v) => v.mounts.map((m) => ({ name: v.name, ...m }) as VolumeMount)),
    ],
  });
}

function backupContainer(c: PgCluster, set: InstanceSet, variables: EnvVar[]): Container {
  const shared = mounts(c, set).filter((m) => /^(postgres-|tablespace-|pgbackrest-|tmp$|crunchy-bin)/.test(m.name));
  return container(c, {
    name: "pgbackrest",
    image: c.image,
    command: ["sh", `${paths.BIN}/serve-backups`],
    env: variables.filter((v) => /^(PG|HOME|LC_ALL|LANG|KEELSON_MAJOR)/.test(v.name)),
    ...(c.backups.containerResources === undefined ? {} : { resources: c.backups.containerResources }),
    volumeMounts: [...shared, { name: "pgbackrest-server", mountPath: "/etc/pgbackrest/server", readOnly: true }],
  });
}

/** The StatefulSet of one instance. */
export function instanceStatefulSet(c: PgCluster, set: InstanceSet, state: InstanceState): StatefulSet {
  const { instance } = state;
  const labels = { ...instanceLabels(c, set.name, instance), [label.data]: "postgres", [label.patroni]: haService(c) };
  const variables = environment(c, set, instance, state.restored);
  const startup = container(c, {
    name: "postgres-startup",
    image: c.image,
    command: agent("startup"),
    env: variables,
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: mounts(c, set).filter((m) => m.name !== "dshm" && m.name !== "database-containerinfo"),
  });
  const template = podTemplate(c, {
    labels,
    metadata: set.metadata,
    annotations: { "kubectl.kubernetes.io/default-container": "database" },
    knobs: set,
    serviceAccountName: names.instanceAccount(c),
    initContainers: [copyTools(c), startup, ...set.initContainers],
    containers: [
      databaseContainer(c, set, variables),
      ...(c.backups.enabled ? [backupContainer(c, set, variables)] : []),
    ],
    volumes: volumes(c, set, instance),
    dataLabel: "postgres",
  });
  const hash = templateHash(template);
  template.metadata = {
    ...template.metadata,
    annotations: { ...template.metadata?.annotations, [annotation.template]: hash },
  };
  if (template.spec !== undefined) template.spec.terminationGracePeriodSeconds = TERMINATION_GRACE_SECONDS;
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: meta(c, instance, labels),
    spec: {
      replicas: state.running ? 1 : 0,
      serviceName: names.podService(c),
      revisionHistoryLimit: 0,
      podManagementPolicy: "OrderedReady",
      updateStrategy: { type: "OnDelete" },
      selector: { matchLabels: { [label.cluster]: c.name, [label.instance]: instance } },
      template,
    },
  };
}
