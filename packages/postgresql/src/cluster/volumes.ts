/** Volume claims. They have no owner: data outlive pods, StatefulSets and the cluster itself unless a finalizer says otherwise. */
import type { PersistentVolumeClaim } from "@keelson/kube";
import { clusterLabels, instanceLabels, label } from "./labels.ts";
import type { ClaimSpec, InstanceSet, PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { unowned } from "./objects.ts";

function claim(c: PgCluster, name: string, labels: Record<string, string>, spec: ClaimSpec): PersistentVolumeClaim {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: unowned(c, name, labels),
    spec: spec as unknown as NonNullable<PersistentVolumeClaim["spec"]>,
  };
}

/** Claims of one instance: data, and WAL and tablespaces where they have volumes of their own. */
export function instanceClaims(c: PgCluster, set: InstanceSet, instance: string): PersistentVolumeClaim[] {
  const labels = { ...instanceLabels(c, set.name, instance), [label.data]: "postgres" };
  return [
    claim(c, names.dataVolume(instance), { ...labels, [label.role]: "pgdata" }, set.dataVolumeClaimSpec),
    ...(set.walVolumeClaimSpec === undefined
      ? []
      : [claim(c, names.walVolume(instance), { ...labels, [label.role]: "pgwal" }, set.walVolumeClaimSpec)]),
    ...set.tablespaceVolumes.map((t) =>
      claim(
        c,
        names.tablespaceVolume(instance, t.name),
        { ...labels, [label.role]: "tablespace" },
        t.dataVolumeClaimSpec,
      ),
    ),
  ];
}

/** Claims of the volume repositories. */
export function repoClaims(c: PgCluster): PersistentVolumeClaim[] {
  if (!c.backups.enabled) return [];
  return c.backups.repos.flatMap((repo) =>
    repo.volume === undefined
      ? []
      : [
          claim(
            c,
            names.repoVolume(c, repo.name),
            {
              ...clusterLabels(c),
              [label.backup]: "",
              [label.backupRepo]: repo.name,
              [label.backupVolume]: "",
              [label.data]: "pgbackrest",
            },
            repo.volume,
          ),
        ],
  );
}
