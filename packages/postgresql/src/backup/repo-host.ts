/** The repository host: keeps the volume repositories and runs the backups. */
import type { StatefulSet, Volume, VolumeMount } from "@keelson/kube";
import { pgbackrestVolumes } from "../cluster/instance-volumes.ts";
import { clusterLabels, label } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { meta } from "../cluster/objects.ts";
import * as paths from "../cluster/paths.ts";
import { COMMON_ENV, container, env, podTemplate, tmpMount, tmpVolume } from "../cluster/pod.ts";
import { SERVE_BACKUPS } from "./serve.ts";

function volumes(c: PgCluster): Volume[] {
  return [
    ...c.backups.repos.flatMap((repo) =>
      repo.volume === undefined
        ? []
        : [{ name: repo.name, persistentVolumeClaim: { claimName: names.repoVolume(c, repo.name) } }],
    ),
    ...pgbackrestVolumes(c, {
      configuration: "pgbackrest_repo.conf",
      secret: names.backupSecret(c),
      certificate: "pgbackrest-repo-host",
    }),
    tmpVolume,
  ];
}

/** Labels that find the repository host's pod. */
export const repoHostSelector = (c: PgCluster): Record<string, string> => ({
  [label.cluster]: c.name,
  [label.backup]: "",
  [label.backupDedicated]: "",
});

export function repoHostStatefulSet(c: PgCluster, running: boolean): StatefulSet | undefined {
  if (!c.backups.enabled) return undefined;
  const labels = { ...clusterLabels(c), ...repoHostSelector(c), [label.data]: "pgbackrest" };
  const repoMounts: VolumeMount[] = c.backups.repos.flatMap((repo) =>
    repo.volume === undefined ? [] : [{ name: repo.name, mountPath: `${paths.REPOS}/${repo.name}` }],
  );
  const template = podTemplate(c, {
    labels,
    metadata: c.backups.repoHost.metadata,
    knobs: c.backups.repoHost,
    containers: [
      container(c, {
        name: "pgbackrest",
        image: c.backups.image,
        command: ["sh", "-c", SERVE_BACKUPS],
        env: env({
          ...COMMON_ENV,
          PGBACKREST_CONFIG_PATH: "/etc/pgbackrest",
          PGBACKREST_STANZA: paths.STANZA,
          KEELSON_REPOS: repoMounts.map((m) => m.mountPath).join(" "),
        }),
        ports: [{ name: "pgbackrest", containerPort: paths.BACKUP_PORT, protocol: "TCP" }],
        livenessProbe: { exec: { command: ["pgbackrest", "server-ping"] }, periodSeconds: 10, failureThreshold: 6 },
        startupProbe: { exec: { command: ["pgbackrest", "server-ping"] }, periodSeconds: 1, failureThreshold: 120 },
        ...(c.backups.containerResources === undefined ? {} : { resources: c.backups.containerResources }),
        volumeMounts: [
          ...repoMounts,
          { name: "pgbackrest-config", mountPath: "/etc/pgbackrest/conf.d", readOnly: true },
          { name: "pgbackrest-server", mountPath: "/etc/pgbackrest/server", readOnly: true },
          tmpMount,
        ],
      }),
    ],
    volumes: volumes(c),
    dataLabel: "pgbackrest",
  });
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: meta(c, names.repoHost(c), labels),
    spec: {
      replicas: running ? 1 : 0,
      serviceName: names.podService(c),
      revisionHistoryLimit: 0,
      updateStrategy: { type: "RollingUpdate" },
      selector: { matchLabels: repoHostSelector(c) },
      template,
    },
  };
}
