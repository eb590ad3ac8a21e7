/** Makes a cluster's objects as its resource wants them, restarts what has to be restarted, and says how it is. */
import { finalizerPatch, type RandomBytes } from "@keelson/engine";
import type { KubeObject, Live, ReconcileContext } from "@keelson/kube";
import type { PerconaPGCluster } from "@keelson/resources";
import { scheduleProblems } from "../backup/plan-schedules.ts";
import { planSwitchover } from "../ha/plan-switchover.ts";
import { insideProblems } from "../inside/marks.ts";
import { type Action, nothing } from "../plan.ts";
import { planRollout, planUnstarted } from "../rollout/plan-rollout.ts";
import { applyAll, execute, type Ports } from "../runtime/execute.ts";
import type { ForeignSecrets } from "../runtime/foreign-secrets.ts";
import { FOREIGN_TTL_MS, MISSING_TTL_MS } from "../runtime/foreign-secrets.ts";
import { acceptedSpecMap } from "./accepted-spec.ts";
import { type Admission, type AdmissionDeps, admission } from "./admission.ts";
import { admit } from "./admit.ts";
import { doubtInMs } from "./availability.ts";
import { type Desired, desiredObjects, obsoleteObjects, withTemplatesOfNow } from "./desired.ts";
import { type Failure, failureOf } from "./failure.ts";
import { annotation } from "./labels.ts";
import type { PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { OWN_FINALIZER, planDeletion } from "./plan-deletion.ts";
import { type InstancePlan, planInstances } from "./plan-instances.ts";
import { pauseWaitsFor } from "./plan-pause.ts";
import { planVolumes, type VolumePlan } from "./plan-volumes.ts";
import { report } from "./report.ts";
import { clusterSecrets } from "./secrets.ts";
import { startupProblems } from "./startup-problems.ts";
import type { StatusInput } from "./status.ts";
import { leaderLock, primaryOf, timeline, type View } from "./view.ts";
import { instanceClaims, repoClaims, sidecarClaims, type WantedClaim } from "./volumes.ts";

export interface ClusterDeps extends Ports, AdmissionDeps {
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

const outcome = (...times: (number | undefined)[]): Outcome => {
  const requeueAfterMs = soonest(...times);
  return requeueAfterMs === undefined ? {} : { requeueAfterMs };
};

const nothingFound = {
  problems: [],
  waitingFor: undefined,
  outdated: 0,
  resizing: [],
  missingSecrets: undefined,
  failure: undefined,
  handledSwitchover: undefined,
} satisfies Partial<StatusInput>;

/** One pass. */
export async function reconcileCluster(
  key: string,
  signal: AbortSignal,
  { log, failures }: ReconcileContext,
  deps: ClusterDeps,
): Promise<Outcome> {
  const view = deps.world.view(key, deps.now());
  if (view === undefined) return {};
  const { cr } = view;
  const ports: Ports = { ...deps, log };
  const { cluster: c, problems, isActionable } = admit(view, deps.catalogue);
  let seen: StatusInput = { ...nothingFound, cluster: c, view };

  if (c.deleting) {
    const plan = planDeletion(c, view);
    if (cr.status !== undefined) await report(seen, ports, signal);
    await execute(plan.actions, { object: cr, namespace: c.namespace }, ports, signal);
    if (plan.removeFinalizers.length > 0) await patchFinalizers(cr, { remove: plan.removeFinalizers }, ports, signal);
    return plan.requeueAfterMs === undefined ? {} : { requeueAfterMs: plan.requeueAfterMs };
  }
  if (c.unmanaged || !isActionable) {
    await report({ ...seen, problems }, ports, signal);
    return outcome(doubtInMs(view));
  }
  seen = { ...seen, problems };
  let failure: Failure | undefined;
  try {
    const admitted = await admission(view, deps, signal);
    seen = { ...seen, cluster: admitted.cluster, problems: admitted.problems };
    const { requeueAfterMs } = admitted.isActionable
      ? await pass(admitted, view, { deps, ports, signal }, (more) => {
          seen = { ...seen, ...more, problems: [...admitted.problems, ...(more.problems ?? [])] };
        })
      : {};
    return outcome(requeueAfterMs, doubtInMs(view), admitted.waits ? MISSING_TTL_MS : undefined);
  } catch (error) {
    failure = signal.aborted ? undefined : failureOf(error, failures);
    throw error;
  } finally {
    await report({ ...seen, failure }, ports, signal);
  }
}

interface Run {
  readonly deps: ClusterDeps;
  readonly ports: Ports;
  readonly signal: AbortSignal;
}

/** Does what is to be done now. `tell` hears what the status should say, as far as the pass comes. */
async function pass(
  { cluster: c, problems, mustNotRestart }: Admission,
  view: View,
  { deps, ports, signal }: Run,
  tell: (found: Partial<StatusInput>) => void,
): Promise<Outcome> {
  const { cr } = view;
  await patchFinalizers(cr, { add: [OWN_FINALIZER] }, ports, signal);
  const instances = planInstances(c, view);
  const volumes = planVolumes(view, wantedClaims(c, instances));
  const desired = desiredObjects(c, view, instances);
  const known = [
    ...instances.problems,
    ...volumes.problems,
    ...insideProblems(view),
    ...startupProblems(c, view),
    ...scheduleProblems(c),
  ];
  const sofar = { outdated: outdatedPods(view, desired), resizing: volumes.resizing };
  tell({ ...sofar, problems: known });
  const secrets = await clusterSecrets(c, {
    view,
    instances: instances.wanted.map((w) => w.name),
    random: deps.random,
    foreign: (name) => deps.foreign.read(c.namespace, name, signal),
    claim: (name) => deps.foreign.claim({ namespace: c.namespace, name, cluster: c.name }, signal),
  });
  const input = { ...sofar, missingSecrets: secrets.missing, problems: [...known, ...secrets.problems] };
  tell(input);
  const blocked = secrets.waits || volumes.problems.some((p) => p.reason === "StorageClassNotFound");
  const accepted = problems.length === 0 ? [acceptedSpecMap(c, cr.spec)] : [];
  const foundations = [...desired.foundations, ...accepted];
  const workloads = mustNotRestart ? withTemplatesOfNow(desired.workloads, view) : desired.workloads;
  const written = { ...desired, foundations, workloads };
  const writes = { view, instances, volumes, desired: written, secrets: secrets.secrets, blocked };
  await writeObjects(c, writes, ports, signal);
  const switchover = planSwitchover(c, view);
  const standsStill = switchover.actions.length > 0 || c.paused || mustNotRestart;
  const roll = standsStill ? nothing : moveOrRoll(c, view, instances, desired);
  const waitingFor = switchover.waitingFor ?? pauseWaitsFor(c, view) ?? roll.waitingFor;
  tell({ ...input, waitingFor, handledSwitchover: switchover.handled });
  const about = { object: cr, namespace: c.namespace };
  await execute([...noteReign(view), ...switchover.actions, ...roll.actions], about, ports, signal);
  return outcome(
    Math.min(LONGEST_WAIT_MS, secrets.nextAt - view.now),
    secrets.foreign ? (secrets.waits ? MISSING_TTL_MS : FOREIGN_TTL_MS) : undefined,
    switchover.requeueAfterMs,
    roll.requeueAfterMs,
  );
}

const wantedClaims = (c: PgCluster, instances: InstancePlan): WantedClaim[] => [
  ...instances.wanted.flatMap((w) => instanceClaims(c, w.set, w.name)),
  ...repoClaims(c),
  ...sidecarClaims(c),
];

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

/** Whether a workload exists: a StatefulSet, or the pooler's Deployment. */
export const isThere = (view: View, { kind, metadata }: KubeObject): boolean =>
  (kind === "Deployment" ? view.deployments : view.statefulSets).has(metadata?.name ?? "");

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
      [
        ...desired.initial.map((object): Action => ({ type: "create", object })),
        ...w.volumes.actions.filter((action) => action.type === "create"),
      ],
      about,
      ports,
      signal,
    ),
  ]);
  if (created > 0) ports.log.debug({ created }, "objects written");
  // A stop that begins before it is noted would leave nobody to start first.
  await execute(noteStartup(c, view), about, ports, signal);
  const workloads = w.blocked ? desired.workloads.filter((object) => isThere(view, object)) : desired.workloads;
  await applyAll(workloads, ports, signal);
  const leaving = w.instances.surplus.flatMap(({ statefulSet }): Action[] =>
    statefulSet === undefined || statefulSet.metadata.deletionTimestamp !== undefined
      ? []
      : [{ type: "delete", kind: "StatefulSet", name: statefulSet.metadata.name, uid: statefulSet.metadata.uid }],
  );
  const obsolete = obsoleteObjects(c, view, w.instances).map((o): Action => ({ type: "delete", ...o }));
  const adopted = (w.blocked ? [] : w.instances.adopted).map(
    (name): Action => ({
      type: "event",
      severity: "Normal",
      reason: "DataAdopted",
      message: `Volume ${names.dataVolume(name)} has data of an earlier cluster or instance of this name; they are used again. To start empty, delete the cluster and its volumes first.`,
    }),
  );
  await execute([...adopted, ...leaving, ...obsolete], about, ports, signal);
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
  if (leaderLock(view).pod === undefined) return planUnstarted(view, desired.templates);
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
