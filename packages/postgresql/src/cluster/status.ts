/** The status of a cluster, from what is seen and nothing else. Pure. */
import { removeConditions, setConditions, timestamp, type WantedCondition } from "@keelson/engine";
import type { PerconaPGClusterStatus } from "@keelson/resources";
import { type Problem, problemText } from "../reasons.ts";
import type { PgCluster } from "./model.ts";
import { wantedInstances } from "./model.ts";
import * as names from "./names.ts";
import type { InstancePlan } from "./plan-instances.ts";
import {
  activeRestore,
  appliedMarks,
  instancesOf,
  isReady,
  primaryOf,
  systemIdentifier,
  timeline,
  type View,
} from "./view.ts";

export interface StatusInput {
  readonly cluster: PgCluster;
  readonly view: View;
  readonly instances: InstancePlan | undefined;
  readonly problems: readonly Problem[];
  /** What the rolling update waits for. */
  readonly waitingFor: string | undefined;
  readonly outdated: number;
  readonly resizing: readonly string[];
  readonly handledSwitchover: { readonly value: string; readonly timeline: number } | undefined;
}

type Status = PerconaPGClusterStatus;

/** Why a pod does not run, in words, as far as Kubernetes knows. */
export function podTrouble(view: View, podName: string): string | undefined {
  const pod = view.pods.get(podName);
  if (pod === undefined) return undefined;
  const scheduled = pod.status?.conditions?.find((c) => c.type === "PodScheduled");
  if (scheduled?.status === "False")
    return `cannot be placed: ${scheduled.message ?? scheduled.reason ?? "no reason given"}`;
  const all = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const container of all) {
    const waiting = container.state?.waiting;
    const ended = container.state?.terminated ?? container.lastState?.terminated;
    if (waiting !== undefined && /ImagePull|ErrImage|InvalidImage/.test(waiting.reason ?? "")) {
      return `spec.image: image ${container.image} cannot be pulled (${waiting.message ?? waiting.reason ?? ""}). Correct the name, or give pull credentials in spec.imagePullSecrets`;
    }
    if (ended !== undefined && ended.exitCode !== 0 && container.ready !== true) {
      const text = (ended.message ?? "").trim().split("\n").at(-1) ?? "";
      return `container ${container.name} ended with ${ended.exitCode}${text === "" ? ` (${ended.reason ?? "no reason given"})` : `: ${text}`}`;
    }
  }
  return undefined;
}

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

export const repoHostReady = (c: PgCluster, view: View): boolean => isReady(view.pods.get(names.repoHostPod(c)));

/** The backup that replicas are made from: any that succeeded in the first repository. */
export function replicaCreateDone(c: PgCluster, view: View): boolean {
  const first = c.backups.repos[0]?.name;
  return (
    view.backups.some((b) => b.status?.state === "Succeeded" && b.spec.repoName === first) ||
    view.cr.status?.pgbackrest?.repos?.some(
      (r) => r.name === first && r.replicaCreateBackupComplete === true && r.stanzaCreated === true,
    ) === true
  );
}

export const stanzaCreated = (view: View): boolean => {
  const sysid = systemIdentifier(view);
  return sysid !== undefined && appliedMarks(view.cr)["stanza"]?.startsWith(`${sysid}/`) === true;
};

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
        stanzaCreated: stanzaCreated(view),
        ...(index === 0 ? { replicaCreateBackupComplete: replicaCreateDone(c, view) } : {}),
      };
    }),
    ...(restore === undefined ? {} : { restore }),
  };
}

function hostOf(c: PgCluster, view: View): string | undefined {
  if (c.pooler === undefined) return `${names.primaryService(c)}.${c.namespace}.svc`;
  if (c.pooler.expose.type !== "LoadBalancer") return `${names.pooler(c)}.${c.namespace}.svc`;
  const last = view.services.get(names.pooler(c))?.status?.loadBalancer?.ingress?.at(-1);
  return last?.hostname ?? last?.ip;
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
    primaryOf(view) === undefined ||
    pooler.ready !== pooler.size ||
    input.outdated > 0 ||
    activeRestore(view) !== undefined ||
    (c.backups.enabled && !repoHostReady(c, view));
  return unready ? "initializing" : "ready";
}

const condition = (
  type: string,
  isTrue: boolean,
  reasons: readonly [string, string],
  message = "",
): WantedCondition => ({
  type,
  status: isTrue ? "True" : "False",
  reason: isTrue ? reasons[0] : reasons[1],
  message,
});

/** Everything that keeps the cluster from being as asked, in the order of importance. */
export function troubles(input: StatusInput): string[] {
  const { cluster: c, view } = input;
  const found = instancesOf(view).flatMap((i) => {
    const trouble = i.ready ? undefined : podTrouble(view, names.instancePod(i.name));
    return trouble === undefined ? [] : [`instance ${i.name} ${trouble}`];
  });
  const host = c.backups.enabled ? podTrouble(view, names.repoHostPod(c)) : undefined;
  if (host !== undefined) found.push(`repository host ${host}`);
  return found;
}

function conditionsOf(input: StatusInput, ready: boolean): { set: WantedCondition[]; drop: string[] } {
  const { cluster: c, view, problems } = input;
  const set: WantedCondition[] = [];
  const drop: string[] = [];
  const first = problems[0];
  set.push(
    first === undefined
      ? { type: "SpecAccepted", status: "True", reason: "Accepted", message: "" }
      : { type: "SpecAccepted", status: "False", reason: first.reason, message: problems.map(problemText).join(" ") },
  );
  const trouble = troubles(input);
  const primary = primaryOf(view);
  const wait = input.waitingFor === undefined ? undefined : `waiting for ${input.waitingFor}`;
  set.push({
    type: "Available",
    status: primary !== undefined ? "True" : "False",
    reason:
      primary !== undefined
        ? "PrimaryRunning"
        : c.paused
          ? "Paused"
          : systemIdentifier(view) === undefined
            ? "Bootstrapping"
            : "NoPrimary",
    message: primary !== undefined ? `Instance ${primary.name} takes writes.` : [...trouble].join("; "),
  });
  set.push({
    type: "Ready",
    status: ready ? "True" : "False",
    reason: ready
      ? "AllInstancesReady"
      : c.paused
        ? "Paused"
        : trouble.length > 0
          ? "InstanceFailing"
          : input.outdated > 0
            ? "RollingUpdate"
            : "Progressing",
    message: ready ? "" : [...trouble, ...(wait === undefined ? [] : [wait])].join("; "),
  });
  if (c.unmanaged)
    set.push({
      type: "Progressing",
      status: "False",
      reason: "Paused",
      message: "spec.unmanaged is set: the operator leaves this cluster alone.",
    });
  else drop.push("Progressing");
  if (c.pooler === undefined) drop.push("ProxyAvailable");
  else
    set.push(
      condition(
        "ProxyAvailable",
        view.deployments
          .get(names.pooler(c))
          ?.status?.conditions?.some((x) => x.type === "Available" && x.status === "True") === true,
        ["MinimumReplicasAvailable", "MinimumReplicasUnavailable"],
      ),
    );
  if (input.resizing.length > 0)
    set.push({
      type: "PersistentVolumeResizing",
      status: "True",
      reason: "Resizing",
      message: `Growing: ${input.resizing.join(", ")}.`,
    });
  else {
    const failed = problems.find((p) => p.reason === "VolumeShrinkRefused" || p.reason === "VolumeResizeFailed");
    if (failed === undefined) drop.push("PersistentVolumeResizing");
    else
      set.push({
        type: "PersistentVolumeResizing",
        status: "False",
        reason: failed.reason,
        message: problemText(failed),
      });
  }
  if (systemIdentifier(view) !== undefined) {
    set.push({ type: "PostgresDataInitialized", status: "True", reason: "ClusterAlreadyBootstrapped", message: "" });
  }
  backupConditions(input, set, drop);
  return { set, drop };
}

function backupConditions({ cluster: c, view }: StatusInput, set: WantedCondition[], drop: string[]): void {
  const restoring = activeRestore(view);
  if (restoring !== undefined) {
    set.push({
      type: "PGBackRestoreProgressing",
      status: "True",
      reason: restoring.phase === "stopping" ? "RestoreInPlaceRequested" : "ReadyForRestore",
      message: `Restore ${restoring.restore.metadata.name}: ${restoring.phase}.`,
    });
  } else drop.push("PGBackRestoreProgressing");
  const types = ["PGBackRestRepoHostReady", "PGBackRestReplicaRepoReady", "PGBackRestReplicaCreate", "ReadyForBackup"];
  if (!c.backups.enabled) {
    drop.push(...types);
    return;
  }
  const [host, stanza, create] = [repoHostReady(c, view), stanzaCreated(view), replicaCreateDone(c, view)];
  const refused = appliedMarks(view.cr)["stanzaError"];
  set.push(
    condition("PGBackRestRepoHostReady", host, ["RepoHostReady", "RepoHostNotReady"]),
    condition(
      "PGBackRestReplicaRepoReady",
      stanza,
      ["StanzaCreated", "StanzaNotCreated"],
      stanza ? "" : (refused ?? ""),
    ),
    condition("PGBackRestReplicaCreate", create, ["RepoBackupComplete", "RepoBackupNotComplete"]),
    condition("ReadyForBackup", host && create, [
      "AllConditionsAreTrue",
      host ? "PGBackRestReplicaCreate" : "PGBackRestRepoHostReady",
    ]),
  );
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

export { timeline, timestamp };
