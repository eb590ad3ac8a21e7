/** What is mounted into the pods that have PostgreSQL's data, and pgBackRest's files, which the repository host has too. */
import type { Volume, VolumeMount } from "@keelson/kube";
import { label } from "./labels.ts";
import type { InstanceSet, PgCluster } from "./model.ts";
import * as names from "./names.ts";
import * as paths from "./paths.ts";
import { item, sharedMemory, tmpMount, tmpVolume, tools, toolsMount } from "./pod.ts";
import type { View } from "./view.ts";

/** Volumes that an instance has and that the specification no longer names. */
export interface KeptVolumes {
  readonly wal: boolean;
  readonly tablespaces: readonly string[];
}

export const NONE_KEPT: KeptVolumes = { wal: false, tablespaces: [] };

/**
 * They stay mounted until somebody deletes their claims: WAL has to be moved from its volume first, and tables that are on a volume
 * do not go away because a manifest no longer names it.
 */
export function keptVolumes(view: View, set: InstanceSet, instance: string): KeptVolumes {
  const claims = [...view.claims.values()].filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined && metadata.labels?.[label.instance] === instance,
  );
  const named = new Set(set.tablespaceVolumes.map((t) => names.tablespaceVolume(instance, t.name)));
  const [before = "", after = ""] = names.tablespaceVolume(instance, "/").split("/");
  return {
    wal:
      set.walVolumeClaimSpec === undefined && claims.some((claim) => claim.metadata.name === names.walVolume(instance)),
    tablespaces: claims
      .filter(({ metadata }) => metadata.labels?.[label.role] === "tablespace" && !named.has(metadata.name))
      .map(({ metadata }) => metadata.name.slice(before.length, metadata.name.length - after.length))
      .sort(),
  };
}

/** All tablespaces that an instance has a volume for. */
export const tablespacesOf = (set: InstanceSet, kept: KeptVolumes): string[] => [
  ...set.tablespaceVolumes.map((t) => t.name),
  ...kept.tablespaces,
];

const hasWalVolume = (set: InstanceSet, kept: KeptVolumes): boolean => set.walVolumeClaimSpec !== undefined || kept.wal;

export function instanceVolumes(c: PgCluster, set: InstanceSet, instance: string, kept: KeptVolumes): Volume[] {
  const claim = (name: string, claimName: string): Volume => ({ name, persistentVolumeClaim: { claimName } });
  return [
    claim("postgres-data", names.dataVolume(instance)),
    ...(hasWalVolume(set, kept) ? [claim("postgres-wal", names.walVolume(instance))] : []),
    ...tablespacesOf(set, kept).map((name) => claim(`tablespace-${name}`, names.tablespaceVolume(instance, name))),
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
    ...(c.backups.enabled
      ? pgbackrestVolumes(c, {
          configuration: "pgbackrest_instance.conf",
          secret: names.instanceSecret(instance),
          certificate: "pgbackrest-server",
        })
      : []),
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

/** Whose pgBackRest it is. */
interface BackrestFiles {
  readonly configuration: string;
  readonly secret: string;
  /** Name of the server's certificate and key in the Secret, without their ending. */
  readonly certificate: string;
}

/** Configuration and certificates of pgBackRest. */
export function pgbackrestVolumes(c: PgCluster, files: BackrestFiles): Volume[] {
  const server = {
    name: files.secret,
    items: [
      item(`${files.certificate}.crt`, "server-tls.crt"),
      { ...item(`${files.certificate}.key`, "server-tls.key"), mode: 0o600 },
    ],
  };
  const configuration = {
    name: names.backupConfig(c),
    items: [
      item(files.configuration, files.configuration),
      item("config-hash", "config-hash"),
      item("pgbackrest-server.conf", "~postgres-operator_server.conf"),
    ],
  };
  const client = {
    name: names.backupSecret(c),
    items: [
      item("pgbackrest.ca-roots", "~postgres-operator/tls-ca.crt"),
      item("pgbackrest-client.crt", "~postgres-operator/client-tls.crt"),
      { ...item("pgbackrest-client.key", "~postgres-operator/client-tls.key"), mode: 0o600 },
    ],
  };
  return [
    {
      name: "pgbackrest-config",
      projected: { sources: [...c.backups.configuration, { configMap: configuration }, { secret: client }] },
    },
    { name: "pgbackrest-server", projected: { sources: [{ secret: server }] } },
  ];
}

export function instanceMounts(c: PgCluster, set: InstanceSet, kept: KeptVolumes): VolumeMount[] {
  return [
    { name: "cert-volume", mountPath: paths.TLS },
    { name: "cert-source", mountPath: paths.TLS_SOURCE, readOnly: true },
    { name: "postgres-data", mountPath: paths.DATA },
    ...(hasWalVolume(set, kept) ? [{ name: "postgres-wal", mountPath: paths.WAL }] : []),
    ...tablespacesOf(set, kept).map((name) => ({
      name: `tablespace-${name}`,
      mountPath: `${paths.TABLESPACES}/${name}`,
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
