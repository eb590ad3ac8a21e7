/** The informers of this engine and the snapshots made from them. */
import { type Cache, type Endpoints, type Informer, type Kind, type KubeObject, kinds, type Live } from "@keelson/kube";
import {
  type PerconaPGBackup,
  type PerconaPGCluster,
  type PerconaPGRestore,
  type PerconaPGUpgrade,
  perconaPGBackups,
  perconaPGClusters,
  perconaPGRestores,
  perconaPGUpgrades,
} from "@keelson/resources";
import { label } from "../cluster/labels.ts";
import * as names from "../cluster/names.ts";
import type { View } from "../cluster/view.ts";
import { LockSights } from "./lock-sights.ts";

const BY_CLUSTER = "pg-cluster";
const clusterOf = (object: KubeObject): string[] => {
  const name = object.metadata?.labels?.[label.cluster];
  return name === undefined ? [] : [`${object.metadata?.namespace ?? ""}/${name}`];
};

/** Kinds that a cluster consists of. Only objects with the cluster's label are watched. */
const OWNED = {
  StatefulSet: kinds.StatefulSet,
  Deployment: kinds.Deployment,
  Pod: kinds.Pod,
  PersistentVolumeClaim: kinds.PersistentVolumeClaim,
  Secret: kinds.Secret,
  ConfigMap: kinds.ConfigMap,
  Service: kinds.Service,
  Endpoints: kinds.Endpoints,
  Job: kinds.Job,
  ServiceAccount: kinds.ServiceAccount,
  Role: kinds.Role,
  RoleBinding: kinds.RoleBinding,
  PodDisruptionBudget: kinds.PodDisruptionBudget,
} as const;

/** What a pod should be is read from its StatefulSet; half of its size is its specification. */
const withoutSpec = ({ spec: _, ...pod }: Live & { spec?: unknown }): Live => pod;

export type OwnedKind = keyof typeof OWNED;

export class World {
  readonly clusters: Informer<PerconaPGCluster>;
  readonly backups: Informer<PerconaPGBackup>;
  readonly restores: Informer<PerconaPGRestore>;
  readonly upgrades: Informer<PerconaPGUpgrade>;
  readonly #owned: ReadonlyMap<string, Informer<KubeObject>>;
  readonly #storageClasses: Informer<KubeObject>;
  readonly #lockSights = new LockSights();

  constructor(cache: Cache) {
    const byCluster = {
      [BY_CLUSTER]: (object: KubeObject & { spec: { pgCluster: string } }): string[] => [
        `${object.metadata?.namespace ?? ""}/${object.spec.pgCluster}`,
      ],
    };
    this.clusters = cache.informer(perconaPGClusters as Kind<PerconaPGCluster>);
    this.backups = cache.informer(perconaPGBackups as Kind<PerconaPGBackup>, { indexes: byCluster });
    this.restores = cache.informer(perconaPGRestores as Kind<PerconaPGRestore>, { indexes: byCluster });
    this.upgrades = cache.informer(perconaPGUpgrades as Kind<PerconaPGUpgrade>);
    this.#storageClasses = cache.informer(kinds.StorageClass as Kind<KubeObject>);
    this.#owned = new Map(
      Object.entries(OWNED).map(([name, kind]) => [
        name,
        cache.informer(kind as Kind<KubeObject>, {
          labelSelector: label.cluster,
          indexes: { [BY_CLUSTER]: clusterOf },
          ...(kind === kinds.Pod ? { trim: withoutSpec } : {}),
        }),
      ]),
    );
  }

  informer(kind: OwnedKind): Informer<KubeObject> {
    const found = this.#owned.get(kind);
    if (found === undefined) throw new TypeError(`no informer of ${kind}`);
    return found;
  }

  /** The kind's descriptor and the live object, for an object that is to be written. */
  locate(kind: string, namespace: string, name: string): { readonly kind: Kind; readonly live: Live | undefined } {
    const key = `${namespace}/${name}`;
    if (kind === "PerconaPGCluster") return { kind: perconaPGClusters as Kind, live: this.clusters.get(key) };
    if (kind === "PerconaPGBackup") return { kind: perconaPGBackups as Kind, live: this.backups.get(key) };
    if (kind === "PerconaPGRestore") return { kind: perconaPGRestores as Kind, live: this.restores.get(key) };
    return { kind: OWNED[kind as OwnedKind] as Kind, live: this.#owned.get(kind)?.get(key) };
  }

  /** Everything that is known of one cluster; undefined when there is none of this key. */
  view(key: string, now: number): View | undefined {
    const cr = this.clusters.get(key);
    if (cr === undefined) {
      this.#lockSights.forget(key);
      return undefined;
    }
    const of = <T extends KubeObject>(kind: OwnedKind): ReadonlyMap<string, Live<T>> =>
      new Map(
        this.informer(kind)
          .byIndex(BY_CLUSTER, key)
          .map((object) => [object.metadata.name, object as unknown as Live<T>]),
      );
    const byAge = (a: Live, b: Live): number =>
      Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
      (a.metadata.name < b.metadata.name ? -1 : 1);
    const endpoints = of<Endpoints>("Endpoints");
    const renewTime = endpoints.get(names.haService(cr.metadata))?.metadata.annotations?.["renewTime"];
    return {
      now,
      cr,
      lockSeenAt: this.#lockSights.since(key, renewTime, now),
      statefulSets: of("StatefulSet"),
      deployments: of("Deployment"),
      pods: of("Pod"),
      claims: of("PersistentVolumeClaim"),
      secrets: of("Secret"),
      configMaps: of("ConfigMap"),
      services: of("Service"),
      endpoints,
      jobs: of("Job"),
      budgets: of("PodDisruptionBudget"),
      storageClasses: new Map(
        this.#storageClasses.list().map((object) => [object.metadata.name, object]),
      ) as unknown as View["storageClasses"],
      backups: this.backups.byIndex(BY_CLUSTER, key).toSorted(byAge),
      restores: this.restores.byIndex(BY_CLUSTER, key).toSorted(byAge),
    };
  }
}
