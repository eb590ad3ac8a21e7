/** ConfigMaps of a cluster. */
import { createHash } from "node:crypto";
import type { ConfigMap } from "@keelson/kube";
import * as backup from "../backup/pgbackrest-config.ts";
import { clusterPatroniYaml, instancePatroniYaml } from "../ha/patroni-config.ts";
import { poolerIni } from "../pooler/pgbouncer-ini.ts";
import { clusterLabels, instanceLabels, label } from "./labels.ts";
import type { InstanceSet, PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { meta } from "./objects.ts";

export function clusterConfigMap(c: PgCluster): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta(c, names.clusterConfig(c), clusterLabels(c)),
    data: { "patroni.yaml": clusterPatroniYaml(c) },
  };
}

export function instanceConfigMap(c: PgCluster, set: InstanceSet, instance: string): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta(c, names.instanceConfig(instance), instanceLabels(c, set.name, instance)),
    data: { "patroni.yaml": instancePatroniYaml(c, set) },
  };
}

/** Changes when the repositories or their options do: a backup that was asked for under another configuration is refused. */
export function backupConfigHash(c: PgCluster): string {
  return createHash("sha256")
    .update(JSON.stringify([c.backups.repos, c.backups.global]))
    .digest("hex")
    .slice(0, 16);
}

export function backupConfigMap(c: PgCluster, instances: readonly string[]): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta(c, names.backupConfig(c), { ...clusterLabels(c), [label.backup]: "", [label.backupConfig]: "" }),
    data: {
      "config-hash": backupConfigHash(c),
      "pgbackrest-server.conf": backup.serverConfig(c),
      "pgbackrest_instance.conf": backup.instanceConfig(c),
      "pgbackrest_repo.conf": backup.repoHostConfig(c, instances),
    },
  };
}

export function poolerConfigMap(c: PgCluster): ConfigMap | undefined {
  const ini = poolerIni(c);
  if (ini === undefined) return undefined;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta(c, names.pooler(c), { ...clusterLabels(c, "pgbouncer"), [label.role]: "pgbouncer" }),
    data: {
      "pgbouncer.ini": ini,
      "pgbouncer-empty": "",
      ...(c.pooler?.paused === true ? { "pgbouncer-paused": "" } : {}),
    },
  };
}
