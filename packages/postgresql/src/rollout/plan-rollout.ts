/** Rolling restart: brings pods to their new template and PostgreSQL to its new parameters, one instance at a time, the primary last. */
import { annotation } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import { type Instance, instancesOf, primaryOf, type View } from "../cluster/view.ts";
import { isCaughtUp } from "../ha/caught-up.ts";
import { requestSwitchover, switchoverCandidates, switchoverRequested } from "../ha/plan-switchover.ts";
import { type Action, act, nothing, type Plan } from "../plan.ts";

/** Parameters that a replica must have at least as large as its primary: a decrease starts with the primary. */
const PRIMARY_FIRST = new Set([
  "max_connections",
  "max_prepared_transactions",
  "max_locks_per_transaction",
  "max_wal_senders",
  "max_worker_processes",
]);

/** How long what no event tells of is left alone. */
const LOOK_AGAIN_MS = 5_000;

const isOutdated = (i: Instance, template: string | undefined): boolean =>
  i.pod !== undefined && template !== undefined && i.pod.metadata.annotations?.[annotation.template] !== template;

function decreases(i: Instance): boolean {
  return Object.entries(i.member.pending_restart_reason ?? {}).some(
    ([name, change]) => PRIMARY_FIRST.has(name) && Number(change.new_value) < Number(change.old_value),
  );
}

const deletePod = (i: Instance): Action => {
  const { name = "", uid = "" } = i.pod?.metadata ?? {};
  return { type: "delete", kind: "Pod", name, uid };
};

const databaseStatus = ({ pod }: Instance) => pod?.status?.containerStatuses?.find(({ name }) => name === "database");

/** No node has room for it. */
const isUnplaced = ({ pod }: Instance): boolean =>
  pod?.status?.conditions?.some(({ type, status }) => type === "PodScheduled" && status === "False") === true;

/** Whether its PostgreSQL has never run in this pod: nothing is cut off, not even the making of a database. */
function isUnstarted(i: Instance): boolean {
  const status = databaseStatus(i);
  // Without a node no container has a status. With one it is only not known yet.
  if (status === undefined) return isUnplaced(i);
  const { state, lastState } = status;
  const ran = state?.running ?? state?.terminated ?? lastState?.terminated;
  return ran === undefined && status.restartCount === 0;
}

/**
 * Its PostgreSQL has not begun yet with the wanted template, or is not known to have: whether the template works at all is not known. A pod
 * is away, and then without a status, for about a second after it was deleted.
 */
function isOnTrial(i: Instance, template: string | undefined): boolean {
  if (i.ready || isOutdated(i, template)) return false;
  const { metadata, spec } = i.statefulSet ?? {};
  // One that is new was made with this template: nobody who ran before is lost with it.
  const isNew = metadata?.generation === 1 && spec?.template.metadata?.annotations?.[annotation.template] === template;
  if (isNew || spec?.replicas === 0) return false;
  return databaseStatus(i) === undefined ? !isUnplaced(i) : isUnstarted(i);
}

const replace = (i: Instance): Plan => ({ ...act(deletePod(i)), waitingFor: `instance ${i.name} to start again` });

const restart = (i: Instance): Plan => ({
  ...act({ type: "restart", pod: i.pod?.metadata.name ?? "" }),
  waitingFor: `PostgreSQL of ${i.name} to restart`,
});

const isLeaving = (i: Instance): boolean => i.pod?.metadata.deletionTimestamp !== undefined;

/** While nobody leads: replaces, one at a time, a pod that its old template keeps from starting at all. */
export function planUnstarted(view: View, templates: ReadonlyMap<string, string>): Plan {
  const instances = instancesOf(view).filter((i) => templates.has(i.name));
  const unstarted = instances.filter((i) => isOutdated(i, templates.get(i.name)) && isUnstarted(i));
  if (unstarted.length === 0) return nothing;
  const leaving = instances.find(isLeaving);
  if (leaving !== undefined) return { actions: [], waitingFor: `instance ${leaving.name} to stop` };
  const broken = unstarted.find((i) => !i.ready);
  return broken === undefined ? nothing : replace(broken);
}

/**
 * At most one step, and only while everybody else is well. `templates` are the hashes of the wanted pod templates by instance; with
 * `primaryMustMove` the primary is none of them.
 */
export function planRollout(
  c: PgCluster,
  view: View,
  templates: ReadonlyMap<string, string>,
  primaryMustMove = false,
): Plan {
  const instances = instancesOf(view).filter((i) => templates.has(i.name));
  const primary = primaryOf(view);
  const isMoving = primaryMustMove && switchoverRequested(c, view);
  if (primaryMustMove && primary !== undefined && !isMoving) {
    const candidate = switchoverCandidates(view).find((i) => templates.has(i.name));
    if (candidate !== undefined)
      return act(...requestSwitchover(c, view, { leader: podOf(primary), candidate: podOf(candidate) }));
  }
  const nobodyToLead: Plan = {
    actions: [],
    waitingFor: "an instance that can become primary",
    requeueAfterMs: LOOK_AGAIN_MS,
  };
  const outdated = instances.filter((i) => isOutdated(i, templates.get(i.name)));
  const pending = instances.filter((i) => i.member.pending_restart === true && !outdated.includes(i));
  if (outdated.length === 0 && pending.length === 0) return primaryMustMove && !isMoving ? nobodyToLead : nothing;

  // Nobody is disturbed by it, so nobody has to be well for it.
  const unstarted = outdated.find((i) => !isLeaving(i) && isUnstarted(i));
  if (unstarted !== undefined) return replace(unstarted);
  const leaving = instances.find(isLeaving);
  if (leaving !== undefined) return { actions: [], waitingFor: `instance ${leaving.name} to stop` };
  // One instance at most is lost to a template with an image that does not exist, whatever happens to the others meanwhile.
  const trial = instances.find((i) => isOnTrial(i, templates.get(i.name)));
  if (trial !== undefined) return { actions: [], waitingFor: `instance ${trial.name} to be ready` };
  // What does not run anyway is replaced at once: it may be broken by the very template that is being replaced.
  const broken = outdated.find((i) => !i.ready);
  if (broken !== undefined) return replace(broken);
  const unready = instances.find((i) => !i.ready);
  if (unready !== undefined) return { actions: [], waitingFor: `instance ${unready.name} to be ready` };

  if (primary === undefined || isMoving) return { actions: [], waitingFor: "a primary" };
  // It may be the one to be replaced next that becomes primary.
  if (switchoverRequested(c, view)) return { actions: [], waitingFor: "the switchover", requeueAfterMs: LOOK_AGAIN_MS };
  // The one that was restarted last may be ready and not follow yet: with the next one down, commits would wait for nobody that is there.
  const behind = instances.find((i) => !isCaughtUp(c, view, i));
  if (behind !== undefined) {
    return {
      actions: [],
      waitingFor: `instance ${behind.name} to follow the primary`,
      requeueAfterMs: LOOK_AGAIN_MS,
    };
  }
  const isOld = outdated.some((i) => i.name === primary.name);
  if (primary.member.pending_restart === true && !isOld && decreases(primary)) return restart(primary);
  const replica = outdated.find((i) => i.name !== primary.name);
  if (replica !== undefined) return replace(replica);
  const stale = pending.find((i) => i.name !== primary.name);
  if (stale !== undefined) return restart(stale);
  return primaryMustMove ? nobodyToLead : lastOfAll(c, view, { primary, count: instances.length, isOld });
}

interface Last {
  readonly primary: Instance;
  /** Instances there are. */
  readonly count: number;
  /** Its pod is outdated, and not only its PostgreSQL. */
  readonly isOld: boolean;
}

const podOf = (i: Instance): string => i.pod?.metadata.name ?? "";

/** Everybody else is done: another instance becomes primary, and the old one follows as a replica. */
function lastOfAll(c: PgCluster, view: View, { primary, count, isOld }: Last): Plan {
  const pod = podOf(primary);
  if (count > 1) {
    const candidate = switchoverCandidates(view)[0];
    if (candidate === undefined)
      return { actions: [], waitingFor: "an instance that can become primary", requeueAfterMs: LOOK_AGAIN_MS };
    return {
      ...act(...requestSwitchover(c, view, { leader: pod, candidate: podOf(candidate) })),
      waitingFor: `the switchover from ${primary.name} to ${candidate.name}`,
    };
  }
  if (isOld)
    return {
      ...act({ type: "checkpoint", pod }, deletePod(primary)),
      waitingFor: `instance ${primary.name} to start again`,
    };
  return restart(primary);
}
