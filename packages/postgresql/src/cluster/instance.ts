/** One instance: a StatefulSet of one pod. Instances are deleted and restarted one by one, so each has its own. */
import type { Container, EnvVar, PodTemplateSpec, StatefulSet, VolumeMount } from "@keelson/kube";
import { instanceMounts, instanceVolumes, type KeptVolumes, NONE_KEPT, tablespacesOf } from "./instance-volumes.ts";
import { annotation, instanceLabels, label } from "./labels.ts";
import type { InstanceSet, PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { meta } from "./objects.ts";
import * as paths from "./paths.ts";
import { agent, COMMON_ENV, container, copyTools, env, fieldEnv, httpProbe, podTemplate } from "./pod.ts";
import type { RestoredMark } from "./restored.ts";
import { templateHash } from "./template-hash.ts";

export interface InstanceState {
  readonly instance: string;
  /** False stops the pod and keeps everything else. */
  readonly running: boolean;
  /** The restore that the cluster's data come from, if any, so that the agent can tell data that are older. */
  readonly restored: RestoredMark | undefined;
  readonly kept?: KeptVolumes;
}

/** Time for a shutdown checkpoint. Patroni stops PostgreSQL in `fast` mode, which is over in a second unless much is dirty. */
const TERMINATION_GRACE_SECONDS = 60;

function environment(
  c: PgCluster,
  set: InstanceSet,
  { instance, restored, kept = NONE_KEPT }: InstanceState,
): EnvVar[] {
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
      KEELSON_SCOPE: names.haService(c),
      KEELSON_TABLESPACES: tablespacesOf(set, kept).join(","),
      ...(restored === undefined ? {} : { KEELSON_RESTORED: restored.id }),
      ...(restored?.at === undefined ? {} : { KEELSON_RESTORED_AT: new Date(restored.at).toISOString() }),
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

/** Names of the variables that the containers of an instance have, whatever its state. */
export function instanceVariables(c: PgCluster, set: InstanceSet): string[] {
  const restored: RestoredMark = { id: "", at: 0 };
  return environment(c, set, { instance: "", running: true, restored }).map(({ name }) => name);
}

function databaseContainer(c: PgCluster, set: InstanceSet, variables: EnvVar[], mounts: VolumeMount[]): Container {
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
      ...mounts,
      ...set.volumeMounts,
      ...set.extraVolumes.flatMap((v) => v.mounts.map((m) => ({ name: v.name, ...m }) as VolumeMount)),
    ],
  });
}

function backupContainer(c: PgCluster, variables: EnvVar[], mounts: VolumeMount[]): Container {
  const shared = mounts.filter((m) => /^(postgres-|tablespace-|pgbackrest-|tmp$|crunchy-bin)/.test(m.name));
  return container(c, {
    name: "pgbackrest",
    image: c.image,
    command: ["sh", `${paths.BIN}/serve-backups`],
    env: variables.filter((v) => /^(PG|HOME|LC_ALL|LANG|KEELSON_MAJOR)/.test(v.name)),
    ...(c.backups.containerResources === undefined ? {} : { resources: c.backups.containerResources }),
    volumeMounts: [...shared, { name: "pgbackrest-server", mountPath: "/etc/pgbackrest/server", readOnly: true }],
  });
}

/** The pod of one instance. */
function instanceTemplate(c: PgCluster, set: InstanceSet, state: InstanceState): PodTemplateSpec {
  const { instance, kept = NONE_KEPT } = state;
  const variables = environment(c, set, state);
  const mounts = instanceMounts(c, set, kept);
  const startup = container(c, {
    name: "postgres-startup",
    image: c.image,
    command: agent("startup"),
    env: variables,
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: mounts.filter((m) => m.name !== "dshm" && m.name !== "database-containerinfo"),
  });
  return podTemplate(c, {
    labels: instanceObjectLabels(c, set, instance),
    metadata: set.metadata,
    annotations: { "kubectl.kubernetes.io/default-container": "database" },
    knobs: set,
    serviceAccountName: names.instanceAccount(c),
    initContainers: [copyTools(c), startup, ...set.initContainers],
    containers: [
      databaseContainer(c, set, variables, mounts),
      ...(c.backups.enabled ? [backupContainer(c, variables, mounts)] : []),
    ],
    volumes: instanceVolumes(c, set, instance, kept),
    dataLabel: "postgres",
  });
}

const instanceObjectLabels = (c: PgCluster, set: InstanceSet, instance: string): Record<string, string> => ({
  ...instanceLabels(c, set.name, instance),
  [label.data]: "postgres",
  [label.patroni]: names.haService(c),
});

/** The StatefulSet of one instance. */
export function instanceStatefulSet(c: PgCluster, set: InstanceSet, state: InstanceState): StatefulSet {
  const { instance } = state;
  const template = instanceTemplate(c, set, state);
  // The restore is news only to a pod that starts: nobody is to be restarted because a restore's resource has come or gone.
  const hash = templateHash(instanceTemplate(c, set, { ...state, restored: undefined }));
  template.metadata = {
    ...template.metadata,
    annotations: { ...template.metadata?.annotations, [annotation.template]: hash },
  };
  if (template.spec !== undefined) template.spec.terminationGracePeriodSeconds = TERMINATION_GRACE_SECONDS;
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: meta(c, instance, instanceObjectLabels(c, set, instance)),
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
