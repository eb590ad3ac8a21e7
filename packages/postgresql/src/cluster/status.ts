/** The status of a cluster, from what is seen and nothing else. Pure. */
import { removeConditions, setConditions } from "@keelson/engine";
import type { Deployment, Live } from "@keelson/kube";
import type { PerconaPGClusterStatus } from "@keelson/resources";
import { firstBackupDone, stanzaReady } from "../backup/era.ts";
import { areUsersMade } from "../inside/plan-inside.ts";
import type { Problem } from "../reasons.ts";
import { takesWrites } from "./availability.ts";
import { repoHostReady } from "./backup-state.ts";
import { conditionsOf } from "./conditions.ts";
import type { Failure } from "./failure.ts";
import type { PgCluster } from "./model.ts";
import { wantedInstances } from "./model.ts";
import * as names from "./names.ts";
import { activeRestore, instancesOf, primaryOf, systemIdentifier, type View } from "./view.ts";

export interface StatusInput {
  readonly cluster: PgCluster;
  readonly view: View;
  readonly problems: readonly Problem[];
  /** What the rolling update waits for. */
  readonly waitingFor: string | undefined;
  readonly outdated: number;
  readonly resizing: readonly string[];
  /** Under `tls.certManagementPolicy: userProvidedOnly`: the Secrets that the user still has to make. */
  readonly missingSecrets: readonly string[] | undefined;
  /** How this pass failed, when people should know. */
  readonly failure: Failure | undefined;
  readonly handledSwitchover: { readonly value: string; readonly timeline: number } | undefined;
}

type Status = PerconaPGClusterStatus;

function counts(c: PgCluster, view: View): NonNullable<Status["postgres"]> {
  const instances = instancesOf(view);
  const primary = primaryOf(view);
  const anyPod = (primary ?? instances.find((i) => i.pod !== undefined))?.pod;
  const imageID = anyPod?.status?.containerStatuses?.find((s) => s.name === "database")?.imageID;
  return {
    size: wantedInstances(c),
    ready: instances.filter((i) => i.ready).length,
    version: c.major,
    ...(imageID === undefined || imageID === "" ? {} : { imageID }),
    distribution: "community",
    instances: c.sets.map((set) => ({
      name: set.name,
      size: set.replicas,
      ready: instances.filter((i) => i.set === set.name && i.ready).length,
    })),
  };
}

function pgbackrestStatus(c: PgCluster, view: View): Status["pgbackrest"] {
  if (!c.backups.enabled) return undefined;
  const restore = view.cr.status?.pgbackrest?.restore;
  return {
    repoHost: { apiVersion: "apps/v1", kind: "StatefulSet", ready: repoHostReady(c, view) },
    repos: c.backups.repos.map((repo, index) => {
      const claim = view.claims.get(names.repoVolume(c, repo.name));
      return {
        name: repo.name,
        ...(repo.volume === undefined ? {} : { bound: claim?.status?.phase === "Bound" }),
        ...(claim?.spec?.volumeName === undefined ? {} : { volume: claim.spec.volumeName }),
        stanzaCreated: stanzaReady(c, view),
        ...(index === 0 ? { replicaCreateBackupComplete: firstBackupDone(c, view) } : {}),
      };
    }),
    ...(restore === undefined ? {} : { restore }),
  };
}

/** The address of a load balancer as soon as it has one. Without a pooler the name inside of Kubernetes stands until then. */
function hostOf(c: PgCluster, view: View): string | undefined {
  const balanced = (service: string): string | undefined => {
    const last = view.services.get(service)?.status?.loadBalancer?.ingress?.at(-1);
    return last?.hostname ?? last?.ip;
  };
  if (c.pooler === undefined) {
    const address = c.expose.type === "LoadBalancer" ? balanced(names.haService(c)) : undefined;
    return address ?? `${names.primaryService(c)}.${c.namespace}.svc`;
  }
  return c.pooler.expose.type === "LoadBalancer" ? balanced(names.pooler(c)) : `${names.pooler(c)}.${c.namespace}.svc`;
}

/** Whether all poolers are made from the present template: others may be ready while these cannot start. */
function arePoolersCurrent(c: PgCluster, deployment: Live<Deployment> | undefined): boolean {
  if (c.pooler === undefined) return true;
  const { observedGeneration = 0, updatedReplicas = 0 } = deployment?.status ?? {};
  return observedGeneration >= (deployment?.metadata.generation ?? 0) && updatedReplicas >= c.pooler.replicas;
}

function stateOf(
  input: StatusInput,
  postgres: NonNullable<Status["postgres"]>,
  pooler: { size: number; ready: number },
): string {
  const { cluster: c, view } = input;
  if (c.deleting) return "stopping";
  if (c.paused)
    return (postgres.ready ?? 0) > 0 || instancesOf(view).some((i) => i.pod !== undefined) ? "stopping" : "paused";
  const size = postgres.size ?? 0;
  const unready =
    size === 0 ||
    postgres.ready !== size ||
    instancesOf(view).length !== size ||
    !takesWrites(view) ||
    pooler.ready !== pooler.size ||
    !arePoolersCurrent(c, view.deployments.get(names.pooler(c))) ||
    input.outdated > 0 ||
    activeRestore(view) !== undefined ||
    !areUsersMade(c, view, input.problems) ||
    (c.backups.enabled && !repoHostReady(c, view));
  return unready ? "initializing" : "ready";
}

/** The whole status; what Kubernetes keeps by itself (transition times) comes from the one before. */
export function statusOf(input: StatusInput): Status {
  const { cluster: c, view } = input;
  const before: Status = view.cr.status ?? {};
  const postgres = counts(c, view);
  const deployment = view.deployments.get(names.pooler(c));
  const pooler = {
    size: c.pooler?.replicas ?? 0,
    ready: c.pooler === undefined ? 0 : (deployment?.status?.readyReplicas ?? 0),
  };
  const state = stateOf(input, postgres, pooler);
  const { set, drop } = conditionsOf(input, state === "ready");
  const context = { now: view.now, generation: c.generation };
  const conditions = setConditions(removeConditions(before.conditions ?? [], drop), set, context);
  const host = hostOf(c, view);
  const sysid = systemIdentifier(view);
  const pgbackrest = pgbackrestStatus(c, view);
  const version = primaryOf(view)?.member.version;
  const switchover = input.handledSwitchover ?? {
    value: before.patroni?.status?.switchover,
    timeline: before.patroni?.status?.switchoverTimeline,
  };
  return {
    ...(before.installedCustomExtensions === undefined
      ? {}
      : { installedCustomExtensions: before.installedCustomExtensions }),
    conditions: [...conditions],
    ...(host === undefined ? {} : { host }),
    observedGeneration: c.generation,
    patroni: {
      ...(version === undefined
        ? before.patroni?.version === undefined
          ? {}
          : { version: before.patroni.version }
        : { version }),
      status: {
        ...(sysid === undefined ? {} : { systemIdentifier: sysid }),
        ...(switchover.value === undefined ? {} : { switchover: switchover.value }),
        ...(switchover.timeline === undefined ? {} : { switchoverTimeline: switchover.timeline }),
      },
    },
    ...(pgbackrest === undefined ? {} : { pgbackrest }),
    ...(c.pooler === undefined ? {} : { pgbouncer: pooler }),
    postgres,
    state,
  };
}
