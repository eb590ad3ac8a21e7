/** Planned change of the primary: by the user's annotation, and as a step of a rolling update. */
import type { Endpoints } from "@keelson/kube";
import { annotation, patroniLabels } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import { failoverEndpoints, instancePod } from "../cluster/names.ts";
import { meta } from "../cluster/objects.ts";
import { type Instance, instancesOf, primaryOf, synchronousMembers, timeline, type View } from "../cluster/view.ts";
import { type Action, nothing, type Plan } from "../plan.ts";

/** What has been asked of Patroni, kept so that an operator that starts anew knows that it has asked. */
export interface PendingSwitchover {
  readonly value: string;
  readonly leader: string;
  readonly candidate: string;
  readonly timeline: number;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** Patroni refuses a switchover silently when the candidate turns out unfit; after this the request counts as refused. */
const GIVE_UP_MS = 60_000;
/** A switchover takes a second or two. */
const ASK_AGAIN_MS = 3_000;

export function pendingSwitchover(view: View): PendingSwitchover | undefined {
  const text = view.cr.metadata.annotations?.[annotation.switchoverPending];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as PendingSwitchover;
  } catch {
    return undefined;
  }
}

/** Instances that may become primary, best first: ready, synchronous where that counts, least behind. */
export function switchoverCandidates(view: View): Instance[] {
  const primary = primaryOf(view);
  const synchronous = synchronousMembers(view);
  return instancesOf(view)
    .filter(
      (i) =>
        i.name !== primary?.name &&
        i.ready &&
        i.member.state === "running" &&
        i.member.pending_restart !== true &&
        (synchronous === undefined || synchronous.includes(instancePod(i.name))),
    )
    .sort((a, b) => (b.member.xlog_location ?? 0) - (a.member.xlog_location ?? 0) || (a.name < b.name ? -1 : 1));
}

/** The leader does not watch the request; without being woken it looks at its next turn. */
const wakeLeader = (leader: string): Action[] => (leader === "" ? [] : [{ type: "wake", pod: leader }]);

/** Puts the request where Patroni looks for it. The leader's name in it is the precondition: another leader ignores it. */
export function requestSwitchover(c: PgCluster, view: View, leader: string, candidate: string): Action[] {
  const name = failoverEndpoints(c);
  const annotations = { leader, member: candidate };
  const wake = wakeLeader(leader);
  if (view.endpoints.has(name)) {
    return [
      { type: "annotate", kind: "Endpoints", name, annotations: { ...annotations, scheduled_at: null } },
      ...wake,
    ];
  }
  const object: Endpoints = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { ...meta(c, name, patroniLabels(c)), annotations },
  };
  return [{ type: "create", object }, ...wake];
}

/** What Patroni has been asked for. */
const requested = (c: PgCluster, view: View): { readonly leader: string; readonly member: string } => {
  const { leader = "", member = "" } = view.endpoints.get(failoverEndpoints(c))?.metadata.annotations ?? {};
  return { leader, member };
};

/** True while Patroni still has a request that it has not dealt with. */
export function switchoverRequested(c: PgCluster, view: View): boolean {
  const { leader, member } = requested(c, view);
  return leader !== "" || member !== "";
}

/** Whether it is this one, and not what another, or a step of a rolling update, has asked for since. */
function isRequest(c: PgCluster, view: View, { leader, candidate }: PendingSwitchover): boolean {
  const found = requested(c, view);
  return found.leader === leader && found.member === candidate;
}

const withdrawSwitchover = (c: PgCluster): Action => ({
  type: "annotate",
  kind: "Endpoints",
  name: failoverEndpoints(c),
  annotations: { leader: null, member: null, scheduled_at: null },
});

export interface SwitchoverPlan extends Plan {
  /** Value of the trigger that is dealt with now, for the status, and the timeline that it led to. */
  readonly handled?: { readonly value: string; readonly timeline: number };
}

const event = (severity: "Normal" | "Warning", reason: string, message: string): Action => ({
  type: "event",
  severity,
  reason,
  message,
});

/** The user's switchover: each new value of the annotation is carried out once. */
export function planSwitchover(c: PgCluster, view: View): SwitchoverPlan {
  const value = c.annotations[annotation.switchover];
  const pending = pendingSwitchover(view);
  const drop: Action = {
    type: "annotate",
    kind: "PerconaPGCluster",
    name: c.name,
    annotations: { [annotation.switchoverPending]: null },
  };
  const before = view.cr.status?.patroni?.status?.switchover;
  if (pending !== undefined && pending.value === before) return { actions: [drop] };
  if (!c.patroni.switchover.enabled || value === undefined || value === "" || value === before) return nothing;

  const primary = primaryOf(view);
  if (pending === undefined || pending.value !== value) return startSwitchover(c, view, value, primary);
  // A later timeline: it has moved, even if it moved back since.
  if (primary !== undefined && timeline(view) > pending.timeline) {
    return {
      actions: [event("Normal", "SwitchoverDone", `Instance ${primary.name} is primary now.`)],
      handled: { value, timeline: timeline(view) },
    };
  }
  const waited = view.now - pending.since;
  if (waited > GIVE_UP_MS) {
    return {
      actions: [
        // Left there, it would be carried out by whoever leads later, and keep the others from leading.
        ...(isRequest(c, view, pending) ? [withdrawSwitchover(c)] : []),
        event(
          "Warning",
          "SwitchoverRefused",
          `Patroni did not make ${pending.candidate} primary. See the log of the primary; set a new value to try again.`,
        ),
      ],
      handled: { value, timeline: timeline(view) },
    };
  }
  if (primary?.pod?.metadata.name === pending.leader && !switchoverRequested(c, view)) {
    // Noted here, but not, or no longer, in front of Patroni: an operator ended between the two, or Patroni found the candidate unfit.
    return { actions: requestSwitchover(c, view, pending.leader, pending.candidate), requeueAfterMs: ASK_AGAIN_MS };
  }
  // An operator that ended before it woke the leader has left that to the next one.
  return waited < ASK_AGAIN_MS
    ? { actions: [], requeueAfterMs: ASK_AGAIN_MS - waited }
    : { actions: wakeLeader(pending.leader), requeueAfterMs: ASK_AGAIN_MS };
}

function startSwitchover(c: PgCluster, view: View, value: string, primary: Instance | undefined): SwitchoverPlan {
  const { target, type } = c.patroni.switchover;
  const refuse = (message: string): SwitchoverPlan => ({
    actions: [event("Warning", "SwitchoverRefused", message)],
    handled: { value, timeline: timeline(view) },
  });
  if (type === "Failover" && target === undefined) {
    return refuse("spec.patroni.switchover.targetInstance: a Failover needs the instance that becomes primary.");
  }
  const all = switchoverCandidates(view);
  const known = instancesOf(view).find((i) => i.name === target);
  if (target !== undefined && known === undefined) {
    const list = instancesOf(view)
      .map((i) => i.name)
      .join(", ");
    return refuse(`spec.patroni.switchover.targetInstance: there is no instance ${target}. Choose one of ${list}.`);
  }
  if (target !== undefined && target === primary?.name) return refuse(`Instance ${target} is the primary already.`);
  if (primary === undefined && type !== "Failover")
    return { actions: [], waitingFor: "a primary, for the switchover", requeueAfterMs: 5_000 };
  const candidate =
    target === undefined ? all[0] : (all.find((i) => i.name === target) ?? (type === "Failover" ? known : undefined));
  if (candidate === undefined) {
    // A replica that has just come is synchronous a moment later; nothing needs to be asked again for that.
    const isComing = (i: Instance): boolean =>
      i.ready &&
      i.member.state === "running" &&
      i.name !== primary?.name &&
      (target === undefined || i.name === target);
    if (synchronousMembers(view) !== undefined && instancesOf(view).some(isComing)) {
      return { actions: [], waitingFor: "a replica to become synchronous, for the switchover", requeueAfterMs: 1_000 };
    }
    return refuse(
      target === undefined
        ? "There is no other instance that is ready to become primary."
        : `Instance ${target} is not ready to become primary; wait until it has caught up, then set a new value.`,
    );
  }
  const leader = primary?.pod?.metadata.name ?? "";
  const pending: PendingSwitchover = {
    value,
    leader,
    candidate: instancePod(candidate.name),
    timeline: timeline(view),
    since: view.now,
  };
  return {
    actions: [
      {
        type: "annotate",
        kind: "PerconaPGCluster",
        name: c.name,
        annotations: { [annotation.switchoverPending]: JSON.stringify(pending) },
      },
      ...requestSwitchover(c, view, leader, pending.candidate),
      event("Normal", "SwitchoverStarted", `From ${primary?.name ?? "no primary"} to ${candidate.name}.`),
    ],
  };
}
