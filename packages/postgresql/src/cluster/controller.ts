/** Makes a cluster's objects as its resource wants them, restarts what has to be restarted, and says how it is. */
import { finalizerPatch, isSameJson, type RandomBytes } from "@keelson/engine";
import type { KubeObject, Live, ReconcileContext } from "@keelson/kube";
import type { PerconaPGCluster } from "@keelson/resources";
import { planSwitchover } from "../ha/plan-switchover.ts";
import { insideProblems } from "../inside/marks.ts";
import { type Action, nothing } from "../plan.ts";
import { type Problem, problemText } from "../reasons.ts";
import { planRollout } from "../rollout/plan-rollout.ts";
import { applyAll, execute, type Ports } from "../runtime/execute.ts";
import type { ForeignSecrets } from "../runtime/foreign-secrets.ts";
import { FOREIGN_TTL_MS } from "../runtime/foreign-secrets.ts";
import { admit } from "./admit.ts";
import { type Desired, desiredObjects, obsoleteObjects } from "./desired.ts";
import { annotation } from "./labels.ts";
import type { PgCluster } from "./model.ts";
import * as names from "./names.ts";
import type { Catalogue } from "./normalize.ts";
import { OWN_FINALIZER, planDeletion } from "./plan-deletion.ts";
import { type InstancePlan, planInstances } from "./plan-instances.ts";
import { planVolumes, type VolumePlan, type WantedClaim } from "./plan-volumes.ts";
import { clusterSecrets } from "./secrets.ts";
import { startupProblems } from "./startup-problems.ts";
import { type StatusInput, statusOf } from "./status.ts";
import { leaderLock, primaryOf, timeline, type View } from "./view.ts";
import { instanceClaims, repoClaims } from "./volumes.ts";

export interface ClusterDeps extends Ports {
  readonly catalogue: Catalogue;
  readonly foreign: ForeignSecrets;
  readonly random: RandomBytes;
  readonly now: () => number;
}

/** Certificates are looked at this often at most, however far their renewal is: timers must fit into 32 bits. */
const LONGEST_WAIT_MS = 12 * 3_600_000;

interface Outcome {
  readonly requeueAfterMs?: number;
}

const soonest = (...times: (number | undefined)[]): number | undefined => {
  const set = times.filter((time) => time !== undefined);
  return set.length === 0 ? undefined : Math.max(1, Math.min(...set));
};

/** One pass. */
export async function reconcileCluster(
  key: string,
  signal: AbortSignal,
  { log }: ReconcileContext,
  deps: ClusterDeps,
): Promise<Outcome> {
  const view = deps.world.view(key, deps.now());
  if (view === undefined) return {};
  const { cr } = view;
  const ports: Ports = { ...deps, log };
  const about = { object: cr, namespace: cr.metadata.namespace ?? "" };
  const { cluster: c, problems } = admit(view, deps.catalogue);

  if (c.deleting) {
    const plan = planDeletion(c, view);
    if (cr.status !== undefined && cr.status.state !== "stopping")
      await report(
        {
          cluster: c,
          view,
          problems: [],
          instances: undefined,
          waitingFor: undefined,
          outdated: 0,
          resizing: [],
          handledSwitchover: undefined,
        },
        ports,
        signal,
      );
    await execute(plan.actions, about, ports, signal);
    if (plan.removeFinalizers.length > 0) await patchFinalizers(cr, { remove: plan.removeFinalizers }, ports, signal);
    return plan.requeueAfterMs === undefined ? {} : { requeueAfterMs: plan.requeueAfterMs };
  }
  if (c.unmanaged || problems.length > 0) {
    await report(
      {
        cluster: c,
        view,
        problems,
        instances: undefined,
        waitingFor: undefined,
        outdated: 0,
        resizing: [],
        handledSwitchover: undefined,
      },
      ports,
      signal,
    );
    return {};
  }
  await patchFinalizers(cr, { add: [OWN_FINALIZER] }, ports, signal);

  const instances = planInstances(c, view);
  const volumes = planVolumes(view, wantedClaims(c, instances));
  const secrets = await clusterSecrets(c, {
    view,
    instances: instances.wanted.map((w) => w.name),
    random: deps.random,
    foreign: (name) => deps.foreign.read(c.namespace, name, signal),
  });
  const desired = desiredObjects(c, view, instances);
  const found = [...volumes.problems, ...secrets.problems, ...insideProblems(view), ...startupProblems(c, view)];
  const blocked =
    new Set(volumes.problems.filter((p) => p.reason === "StorageClassNotFound").map((p) => p.reason)).size > 0;
  let waitingFor: string | undefined;
  let requeue = soonest(
    Math.min(LONGEST_WAIT_MS, secrets.nextAt - view.now),
    secrets.foreign ? FOREIGN_TTL_MS : undefined,
  );
  let handled: StatusInput["handledSwitchover"];
  try {
    await writeObjects(c, { view, instances, volumes, desired, secrets: secrets.secrets, blocked }, ports, signal);
    const switchover = planSwitchover(c, view);
    handled = switchover.handled;
    const roll = switchover.actions.length > 0 || c.paused ? nothing : moveOrRoll(c, view, instances, desired);
    waitingFor = switchover.waitingFor ?? roll.waitingFor;
    requeue = soonest(requeue, switchover.requeueAfterMs, roll.requeueAfterMs);
    await execute([...noteReign(view), ...switchover.actions, ...roll.actions], about, ports, signal);
  } finally {
    await report(
      {
        cluster: c,
        view,
        instances,
        problems: found,
        waitingFor,
        outdated: outdatedPods(view, desired),
        resizing: volumes.resizing,
        handledSwitchover: handled,
      },
      ports,
      signal,
    );
  }
  return requeue === undefined ? {} : { requeueAfterMs: requeue };
}

function wantedClaims(c: PgCluster, instances: InstancePlan): WantedClaim[] {
  const ofInstances = instances.wanted.flatMap((w) =>
    instanceClaims(c, w.set, w.name).map((claim) => ({
      claim,
      field: `spec.instances[${w.set.name}].${/-pgwal$/.test(claim.metadata?.name ?? "") ? "walVolumeClaimSpec" : "dataVolumeClaimSpec"}`,
    })),
  );
  const ofRepos = repoClaims(c).map((claim) => ({
    claim,
    field: `spec.backups.pgbackrest.repos[${claim.metadata?.name?.slice(c.name.length + 1)}].volume.volumeClaimSpec`,
  }));
  return [...ofInstances, ...ofRepos];
}

const outdatedPods = (view: View, desired: Desired): number =>
  [...desired.templates].filter(([name, hash]) => {
    const pod = view.pods.get(names.instancePod(name));
    return pod !== undefined && pod.metadata.annotations?.[annotation.template] !== hash;
  }).length;

interface Writes {
  readonly view: View;
  readonly instances: InstancePlan;
  readonly volumes: VolumePlan;
  readonly desired: Desired;
  readonly secrets: readonly KubeObject[];
  /** Instances cannot be made because of their volumes; those that exist are left alone. */
  readonly blocked: boolean;
}

/** Secrets before what refers to them, everything before the pods. The CA comes first of all: what it signed is worth nothing without it. */
async function writeObjects(c: PgCluster, w: Writes, ports: Ports, signal: AbortSignal): Promise<void> {
  const { view, desired } = w;
  const about = { object: view.cr, namespace: c.namespace };
  const [authority, ...others] = w.secrets;
  if (authority !== undefined) await applyAll([authority], ports, signal);
  const claims = w.volumes.actions.flatMap((a) => (a.type === "apply" ? [a.object] : []));
  const [created] = await Promise.all([
    applyAll([...others, ...claims, ...desired.foundations], ports, signal),
    execute(
      desired.initial.map((object): Action => ({ type: "create", object })),
      about,
      ports,
      signal,
    ),
  ]);
  if (created > 0) ports.log.debug({ created }, "objects written");
  const workloads = w.blocked
    ? desired.workloads.filter((object) => view.statefulSets.has(object.metadata?.name ?? ""))
    : desired.workloads;
  await applyAll(workloads, ports, signal);
  const leaving = w.instances.surplus.flatMap((i): Action[] =>
    [
      { kind: "StatefulSet", object: i.statefulSet },
      { kind: "ConfigMap", object: view.configMaps.get(names.instanceConfig(i.name)) },
      { kind: "Secret", object: view.secrets.get(names.instanceSecret(i.name)) },
    ].flatMap(({ kind, object }): Action[] =>
      object === undefined || object.metadata.deletionTimestamp !== undefined
        ? []
        : [{ type: "delete", kind, name: object.metadata.name, uid: object.metadata.uid }],
    ),
  );
  const obsolete = obsoleteObjects(c, view).map((o): Action => ({ type: "delete", ...o }));
  const notes = noteStartup(c, view);
  const adopted = w.instances.adopted.map(
    (name): Action => ({
      type: "event",
      severity: "Normal",
      reason: "DataAdopted",
      message: `Volume ${names.dataVolume(name)} has data of an earlier cluster or instance of this name; they are used again. To start empty, delete the cluster and its volumes first.`,
    }),
  );
  await execute([...notes, ...adopted, ...leaving, ...obsolete], about, ports, signal);
}

/** Before a stop: who was primary. After a start: that nobody has to be waited for any more. */
function noteStartup(c: PgCluster, view: View): Action[] {
  const noted = view.cr.metadata.annotations?.[annotation.startup];
  const primary = primaryOf(view);
  const write = (value: string | null): Action[] => [
    { type: "annotate", kind: "PerconaPGCluster", name: c.name, annotations: { [annotation.startup]: value } },
  ];
  if (c.paused) return primary !== undefined && primary.name !== noted ? write(primary.name) : [];
  return noted !== undefined &&
    primary !== undefined &&
    view.restores.every((r) => r.status?.state !== "Starting" && r.status?.state !== "Running")
    ? write(null)
    : [];
}

/** Notes on the primary's volume that it is the primary's, for the day when nothing else is left. */
function noteReign(view: View): Action[] {
  const primary = primaryOf(view);
  if (primary === undefined) return [];
  const claim = view.claims.get(names.dataVolume(primary.name));
  const reign = primary.member.timeline ?? timeline(view);
  if (claim === undefined || reign === 0 || claim.metadata.annotations?.[annotation.reign] === String(reign)) return [];
  return [
    {
      type: "annotate",
      kind: "PersistentVolumeClaim",
      name: claim.metadata.name,
      annotations: { [annotation.reign]: String(reign) },
    },
  ];
}

function moveOrRoll(
  c: PgCluster,
  view: View,
  instances: InstancePlan,
  desired: Desired,
): ReturnType<typeof planRollout> {
  if (leaderLock(view).pod === undefined) return nothing;
  return planRollout(c, view, desired.templates, instances.primaryMustMove);
}

async function patchFinalizers(
  cr: Live<PerconaPGCluster>,
  change: { add?: string[]; remove?: readonly string[] },
  { client, world }: Ports,
  signal: AbortSignal,
): Promise<void> {
  const patch = finalizerPatch(cr as Live, change);
  if (patch === undefined) return;
  const { kind } = world.locate("PerconaPGCluster", cr.metadata.namespace ?? "", cr.metadata.name);
  await client.patch(kind, { namespace: cr.metadata.namespace, name: cr.metadata.name }, patch, { signal });
}

/** Writes the status when it says something new, and tells problems as events. */
async function report(input: StatusInput, { client, world, events, log }: Ports, signal: AbortSignal): Promise<void> {
  const { cr } = input.view;
  const status = statusOf(input);
  if (isSameJson(status, cr.status)) return;
  if (status.state !== cr.status?.state)
    log.info({ from: cr.status?.state ?? "", to: status.state }, "cluster state changed");
  const before = cr.status?.conditions?.find((c) => c.type === "SpecAccepted");
  for (const p of input.problems as readonly Problem[]) {
    if (before?.message?.includes(problemText(p)) === true && before.status === "False") continue;
    events.record(cr, { type: "Warning", reason: p.reason, message: problemText(p) });
  }
  const { kind } = world.locate("PerconaPGCluster", cr.metadata.namespace ?? "", cr.metadata.name);
  const { metadata } = cr;
  await client.patch(
    kind,
    { namespace: metadata.namespace, name: metadata.name },
    {
      type: "json",
      body: [
        { op: "test", path: "/metadata/uid", value: metadata.uid },
        { op: "add", path: "/status", value: status },
      ],
    },
    { subresource: "status", signal },
  );
}
