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

const FOLLOWS_LOOK_MS = 5_000;

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

/** Whether its PostgreSQL has never run in this pod: nothing is cut off, not even the making of a database. */
function isUnstarted(i: Instance): boolean {
  const status = i.pod?.status?.containerStatuses?.find(({ name }) => name === "database");
  if (status === undefined) return false;
  const { state, lastState } = status;
  const ran = state?.running ?? state?.terminated ?? lastState?.terminated;
  return ran === undefined && status.restartCount === 0;
}

/** While nobody leads: replaces, one at a time, a pod that its old template keeps from starting at all. */
export function planUnstarted(view: View, templates: ReadonlyMap<string, string>): Plan {
  const instances = instancesOf(view).filter((i) => templates.has(i.name));
  const unstarted = instances.filter((i) => isOutdated(i, templates.get(i.name)) && isUnstarted(i));
  if (unstarted.length === 0) return nothing;
  const leaving = instances.find((i) => i.pod?.metadata.deletionTimestamp !== undefined);
  if (leaving !== undefined) return { actions: [], waitingFor: `instance ${leaving.name} to stop` };
  const broken = unstarted.find((i) => !i.ready);
  if (broken === undefined) return nothing;
  return { ...act(deletePod(broken)), waitingFor: `instance ${broken.name} to start again` };
}

/**
 * At most one step, and only while everybody else is well. `templates` are the hashes of the wanted pod templates by instance.
 */
export function planRollout(
  c: PgCluster,
  view: View,
  templates: ReadonlyMap<string, string>,
  primaryMustMove = false,
): Plan {
  const instances = instancesOf(view).filter((i) => templates.has(i.name));
  const leader = primaryOf(view);
  if (primaryMustMove && leader !== undefined && !switchoverRequested(c, view)) {
    const candidate = switchoverCandidates(view, (i) => templates.has(i.name)).find((i) => templates.has(i.name));
    if (candidate === undefined)
      return { actions: [], waitingFor: "an instance that can become primary", requeueAfterMs: 5_000 };
    return act(...requestSwitchover(c, view, leader.pod?.metadata.name ?? "", candidate.pod?.metadata.name ?? ""));
  }
  const outdated = instances.filter((i) => isOutdated(i, templates.get(i.name)));
  const pending = instances.filter((i) => i.member.pending_restart === true && !outdated.includes(i));
  if (outdated.length === 0 && pending.length === 0) return nothing;

  const leaving = instances.find((i) => i.pod?.metadata.deletionTimestamp !== undefined);
  if (leaving !== undefined) return { actions: [], waitingFor: `instance ${leaving.name} to stop` };
  // What does not run anyway is replaced at once: it may be broken by the very template that is being replaced.
  const broken = outdated.find((i) => !i.ready);
  if (broken !== undefined) return { ...act(deletePod(broken)), waitingFor: `instance ${broken.name} to start again` };
  const unready = instances.find((i) => !i.ready);
  if (unready !== undefined) return { actions: [], waitingFor: `instance ${unready.name} to be ready` };

  const primary = instances.find((i) => i.name === leader?.name);
  if (primary === undefined) return { actions: [], waitingFor: "a primary" };
  // The one that was restarted last may be ready and not follow yet: with the next one down, commits would wait for nobody that is there.
  const behind = instances.find((i) => !isCaughtUp(c, view, i));
  if (behind !== undefined) {
    return {
      actions: [],
      waitingFor: `instance ${behind.name} to follow the primary`,
      requeueAfterMs: FOLLOWS_LOOK_MS,
    };
  }
  if (pending.includes(primary) && decreases(primary)) {
    return {
      ...act({ type: "restart", pod: primary.pod?.metadata.name ?? "" }),
      waitingFor: `PostgreSQL of ${primary.name} to restart`,
    };
  }
  const replica = outdated.find((i) => i.name !== primary.name);
  if (replica !== undefined)
    return { ...act(deletePod(replica)), waitingFor: `instance ${replica.name} to start again` };
  const stale = pending.find((i) => i.name !== primary.name);
  if (stale !== undefined) {
    return {
      ...act({ type: "restart", pod: stale.pod?.metadata.name ?? "" }),
      waitingFor: `PostgreSQL of ${stale.name} to restart`,
    };
  }
  return lastOfAll(c, view, primary, instances.length, outdated.includes(primary));
}

/** Everybody else is done: another instance becomes primary, and the old one follows as a replica. */
function lastOfAll(c: PgCluster, view: View, primary: Instance, count: number, outdated: boolean): Plan {
  const pod = primary.pod?.metadata.name ?? "";
  if (count > 1) {
    if (switchoverRequested(c, view)) return { actions: [], waitingFor: "the switchover", requeueAfterMs: 5_000 };
    const candidate = switchoverCandidates(view)[0];
    if (candidate === undefined)
      return { actions: [], waitingFor: "an instance that can become primary", requeueAfterMs: 5_000 };
    return {
      ...act(...requestSwitchover(c, view, pod, candidate.pod?.metadata.name ?? "")),
      waitingFor: `the switchover from ${primary.name} to ${candidate.name}`,
    };
  }
  if (outdated)
    return {
      ...act({ type: "checkpoint", pod }, deletePod(primary)),
      waitingFor: `instance ${primary.name} to start again`,
    };
  return { ...act({ type: "restart", pod }), waitingFor: `PostgreSQL of ${primary.name} to restart` };
}
