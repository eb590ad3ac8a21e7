/** Volume claims. They have no owner: data outlive pods, StatefulSets and the cluster itself unless a finalizer says otherwise. */
import type { PersistentVolumeClaim } from "@keelson/kube";
import { clusterLabels, instanceLabels, label } from "./labels.ts";
import type { ClaimSpec, InstanceSet, PgCluster, PodKnobs } from "./model.ts";
import * as names from "./names.ts";
import { unowned } from "./objects.ts";

/** A claim and the place in the specification that it comes from. */
export interface WantedClaim {
  readonly claim: PersistentVolumeClaim;
  readonly field: string;
  /** The user chose the name: a claim of this name that is not ours is left as it is. */
  readonly isNamedByUser?: boolean;
}

function claim(c: PgCluster, name: string, labels: Record<string, string>, spec: ClaimSpec): PersistentVolumeClaim {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: unowned(c, name, labels),
    spec: spec as unknown as NonNullable<PersistentVolumeClaim["spec"]>,
  };
}

/** Claims of one instance: data, and WAL and tablespaces where they have volumes of their own. */
export function instanceClaims(c: PgCluster, set: InstanceSet, instance: string): WantedClaim[] {
  const labels = { ...instanceLabels(c, set.name, instance), [label.data]: "postgres" };
  const field = `spec.instances[${set.name}]`;
  const one = (name: string, role: string, spec: ClaimSpec): PersistentVolumeClaim =>
    claim(c, name, { ...labels, [label.role]: role }, spec);
  return [
    {
      claim: one(names.dataVolume(instance), "pgdata", set.dataVolumeClaimSpec),
      field: `${field}.dataVolumeClaimSpec`,
    },
    ...(set.walVolumeClaimSpec === undefined
      ? []
      : [
          {
            claim: one(names.walVolume(instance), "pgwal", set.walVolumeClaimSpec),
            field: `${field}.walVolumeClaimSpec`,
          },
        ]),
    ...set.tablespaceVolumes.map((t) => ({
      claim: one(names.tablespaceVolume(instance, t.name), "tablespace", t.dataVolumeClaimSpec),
      field: `${field}.tablespaceVolumes[${t.name}].dataVolumeClaimSpec`,
    })),
  ];
}

/** Claims of the volume repositories. */
export function repoClaims(c: PgCluster): WantedClaim[] {
  if (!c.backups.enabled) return [];
  return c.backups.repos.flatMap(({ name, volume }) => {
    if (volume === undefined) return [];
    const labels = {
      ...clusterLabels(c),
      [label.backup]: "",
      [label.backupRepo]: name,
      [label.backupVolume]: "",
      [label.data]: "pgbackrest",
    };
    const field = `spec.backups.pgbackrest.repos[${name}].volume.volumeClaimSpec`;
    return [{ claim: claim(c, names.repoVolume(c, name), labels, volume), field }];
  });
}

/** Claims for the user's sidecars, each made once however many pods use it. */
export function sidecarClaims(c: PgCluster): WantedClaim[] {
  const owners: [string, PodKnobs | undefined][] = [
    ...c.sets.map((set): [string, PodKnobs] => [`spec.instances[${set.name}]`, set]),
    ["spec.proxy.pgBouncer", c.pooler],
    ["spec.backups.pgbackrest.repoHost", c.backups.enabled ? c.backups.repoHost : undefined],
  ];
  const all = owners.flatMap(([owner, knobs]) =>
    (knobs?.sidecarPVCs ?? []).map(({ name, spec }) => ({
      claim: claim(c, name, clusterLabels(c), spec),
      field: `${owner}.sidecarPVCs[${name}].spec`,
      isNamedByUser: true,
    })),
  );
  return [...new Map(all.map((wanted) => [wanted.claim.metadata?.name, wanted])).values()];
}
