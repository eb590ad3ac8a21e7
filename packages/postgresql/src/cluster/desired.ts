/** Every object of a cluster except volumes and Secrets, as one list. Pure. */
import {
  appliedHashAnnotation,
  type Deployment,
  type Endpoints,
  type KubeObject,
  type Live,
  type PodDisruptionBudget,
  type StatefulSet,
} from "@keelson/kube";
import { repoHostStatefulSet } from "../backup/repo-host.ts";
import { dynamicConfig } from "../ha/dynamic-config.ts";
import { poolerDeployment } from "../pooler/deployment.ts";
import { backupConfigMap, clusterConfigMap, instanceConfigMap, poolerConfigMap } from "./config-maps.ts";
import { instanceStatefulSet } from "./instance.ts";
import { keptVolumes } from "./instance-volumes.ts";
import { annotation, label, patroniLabels } from "./labels.ts";
import type { PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { meta } from "./objects.ts";
import type { FormerInstance, InstancePlan } from "./plan-instances.ts";
import { isPausePostponed } from "./plan-pause.ts";
import { restoredData, restoredMark } from "./restored.ts";
import * as services from "./services.ts";
import { instancesOf, type View } from "./view.ts";

export interface Desired {
  /** What pods refer to; in any order, before the workloads. */
  readonly foundations: readonly KubeObject[];
  /** Made only when absent; later changes go another way. */
  readonly initial: readonly KubeObject[];
  readonly workloads: readonly KubeObject[];
  /** Hash of the pod template by instance. */
  readonly templates: ReadonlyMap<string, string>;
}

const defined = <T>(value: T | undefined): value is T => value !== undefined;

/** A generated ConfigMap that the user has taken over stays as it is. */
const isTakenOver = (view: View, object: KubeObject): boolean =>
  object.kind === "ConfigMap" &&
  view.configMaps.get(object.metadata?.name ?? "")?.metadata.annotations?.[annotation.overrideConfig] === "true";

/** Patroni's store of its dynamic configuration, made before Patroni so that it finds it. */
export function patroniStore(c: PgCluster): Endpoints {
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      ...meta(c, names.configService(c), patroniLabels(c)),
      annotations: { config: JSON.stringify(dynamicConfig(c)) },
    },
  };
}

/** What is there already, stopped or started: there is no specification left to make it from. Nothing while it is as wanted. */
function formerStatefulSet({ statefulSet, running }: FormerInstance): StatefulSet[] {
  const { metadata, spec } = statefulSet;
  const replicas = running ? 1 : 0;
  if (spec === undefined || spec.replicas === replicas) return [];
  const { name, namespace, labels = {}, ownerReferences = [] } = metadata;
  const { [appliedHashAnnotation]: _, ...annotations } = metadata.annotations ?? {};
  return [
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels, annotations, ownerReferences },
      spec: { ...spec, replicas },
    },
  ];
}

export function desiredObjects(c: PgCluster, view: View, plan: InstancePlan): Desired {
  const going = new Set(plan.surplus.map((i) => i.name));
  const kept = instancesOf(view).filter((i) => !going.has(i.name));
  // Those of a set that is no longer specified stay until others replace them; one of them may be the primary.
  const all = [...new Set([...plan.wanted, ...kept].map((i) => i.name))].sort();
  const leaderAddress = view.services.get(names.haService(c))?.spec?.clusterIP;
  const restored = restoredData(c, view);
  const foundations: (KubeObject | undefined)[] = [
    ...services.access(c),
    services.leaderService(c),
    services.configService(c),
    services.podService(c),
    services.primaryService(c),
    services.replicaService(c),
    services.poolerService(c),
    leaderAddress === undefined || leaderAddress === "" || leaderAddress === "None"
      ? undefined
      : services.primaryEndpoints(c, leaderAddress),
    clusterConfigMap(c),
    ...plan.wanted.map((w) => instanceConfigMap(c, w.set, w.name)),
    c.backups.enabled ? backupConfigMap(c, all) : undefined,
    poolerConfigMap(c),
    ...services.budgets(c),
  ];
  const workloads: StatefulSet[] = plan.wanted.map((w) =>
    instanceStatefulSet(c, w.set, {
      instance: w.name,
      running: w.running,
      restored: restoredMark(restored, view, w.name),
      kept: keptVolumes(view, w.set, w.name),
    }),
  );
  const templates = new Map(
    workloads.map((sts) => [
      sts.metadata?.name ?? "",
      sts.spec?.template.metadata?.annotations?.[annotation.template] ?? "",
    ]),
  );
  const anyPod = instancesOf(view).some((i) => i.pod !== undefined);
  return {
    foundations: foundations.filter(defined).filter((object) => !isTakenOver(view, object)),
    initial: [patroniStore(c)],
    workloads: [
      ...workloads,
      ...plan.former.flatMap(formerStatefulSet),
      repoHostStatefulSet(c, !c.paused || anyPod),
      poolerDeployment(c, !c.paused || isPausePostponed(c, view)),
    ].filter(defined),
    templates,
  };
}

/** Workloads whose pods must not restart: Kubernetes itself replaces those of the repository host and of the pooler as soon as their template changes. */
export function withTemplatesOfNow(workloads: readonly KubeObject[], view: View): KubeObject[] {
  return workloads.map((object) => {
    const name = object.metadata?.name ?? "";
    const now = object.kind === "Deployment" ? view.deployments.get(name) : view.statefulSets.get(name);
    if (now?.spec === undefined || now.metadata.labels?.[label.instance] !== undefined) return object;
    const { spec } = object as StatefulSet | Deployment;
    return { ...object, spec: { ...spec, template: now.spec.template } } as KubeObject;
  });
}

/** Budgets that nobody asks for any more: they would stand in the way of every drain. A set that waits for its turn to go keeps its own. */
function obsoleteBudgets(c: PgCluster, view: View): Live<PodDisruptionBudget>[] {
  const isKnown = (set: string): boolean => c.sets.some(({ name }) => name === set);
  const former = instancesOf(view).filter((i) => !isKnown(i.set));
  const kept = new Set([
    ...services.budgets(c).map(({ metadata }) => metadata?.name),
    ...former.map((i) => names.setBudget(c, i.set)),
  ]);
  return [...view.budgets.values()].filter(
    ({ metadata }) => !kept.has(metadata.name) && metadata.ownerReferences?.some(({ uid }) => uid === c.uid),
  );
}

/** What instances have left behind that are gone, whoever removed them. Their volumes stay. */
function leftBehind(view: View, { wanted }: Pick<InstancePlan, "wanted">): Leftover[] {
  const wantedNames = new Set(wanted.map(({ name }) => name));
  const isGone = (instance: string): boolean =>
    !wantedNames.has(instance) && !view.statefulSets.has(instance) && !view.pods.has(names.instancePod(instance));
  return [...view.configMaps.values(), ...view.secrets.values()].flatMap((object): Leftover[] => {
    const instance = object.metadata.labels?.[label.instance];
    if (instance === undefined || !isGone(instance)) return [];
    if (object.metadata.name === names.instanceConfig(instance)) return [["ConfigMap", object]];
    return object.metadata.name === names.instanceSecret(instance) ? [["Secret", object]] : [];
  });
}

type Leftover = readonly [kind: string, object: Live];

/** Objects that nobody needs any more: of features that have been turned off, and of instances that are gone. */
export function obsoleteObjects(
  c: PgCluster,
  view: View,
  plan: Pick<InstancePlan, "wanted">,
): { readonly kind: string; readonly name: string; readonly uid: string }[] {
  const found: { kind: string; name: string; uid: string }[] = [];
  const drop = (
    kind: string,
    object: { metadata: { name: string; uid: string; deletionTimestamp?: string } } | undefined,
  ): void => {
    if (object !== undefined && object.metadata.deletionTimestamp === undefined)
      found.push({ kind, name: object.metadata.name, uid: object.metadata.uid });
  };
  for (const [kind, object] of leftBehind(view, plan)) drop(kind, object);
  for (const budget of obsoleteBudgets(c, view)) drop("PodDisruptionBudget", budget);
  if (services.replicaService(c) === undefined) drop("Service", view.services.get(names.replicaService(c)));
  if (c.pooler === undefined) {
    drop("Deployment", view.deployments.get(names.pooler(c)));
    drop("Service", view.services.get(names.pooler(c)));
    drop("ConfigMap", view.configMaps.get(names.pooler(c)));
  }
  if (!c.backups.enabled) {
    drop("StatefulSet", view.statefulSets.get(names.repoHost(c)));
    drop("ConfigMap", view.configMaps.get(names.backupConfig(c)));
    for (const claim of view.claims.values()) {
      if (claim.metadata.labels?.[label.backupVolume] !== undefined) drop("PersistentVolumeClaim", claim);
    }
  }
  return found;
}
