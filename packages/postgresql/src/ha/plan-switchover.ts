/** Planned change of the primary: by the user's annotation, and as a step of a rolling update. */
import type { Endpoints } from "@keelson/kube";
import { annotation, patroniLabels } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import { failoverEndpoints, instancePod } from "../cluster/names.ts";
import { meta } from "../cluster/objects.ts";
import {
  type Instance,
  instancesOf,
  leaderLock,
  primaryOf,
  synchronousMembers,
  timeline,
  type View,
} from "../cluster/view.ts";
import type { Action, Plan } from "../plan.ts";
import { isCaughtUp, streams } from "./caught-up.ts";

/** A request that is being dealt with, kept so that an operator that starts anew knows of it. */
export interface PendingSwitchover {
  readonly value: string;
  /** When it was first seen, or asked of Patroni: milliseconds since 1970. */
  readonly since: number;
  /** Missing while it waits for somebody who can become primary. */
  readonly asked?: Asked;
}

/** What has been asked of Patroni. */
interface Asked {
  /** Who was to hand over; empty in an order, which Patroni carries out for one that no commit waits for too. */
  readonly leader: string;
  readonly candidate: string;
  readonly timeline: number;
}

/**
 * Patroni refuses a switchover silently when the candidate turns out unfit; after this the request counts as refused. As long it may wait
 * for somebody who can become primary: carried out hours later it would surprise.
 */
const GIVE_UP_MS = 60_000;
/** How long a switchover that could be is put off for the replicas that do not follow yet. */
const STRAGGLERS_MS = 20_000;
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
function wakeLeader(view: View): Action[] {
  const pod = primaryOf(view)?.pod?.metadata.name;
  return pod === undefined ? [] : [{ type: "wake", pod }];
}

/**
 * Puts the request where Patroni looks for it. The leader's name in it is the precondition: another leader ignores it, and nobody becomes
 * primary who lacks a commit. Without a name it is an order.
 */
export function requestSwitchover(
  c: PgCluster,
  view: View,
  { leader, candidate }: Pick<Asked, "leader" | "candidate">,
): Action[] {
  const name = failoverEndpoints(c);
  const annotations = { leader, member: candidate };
  const wake = wakeLeader(view);
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
function isRequest(c: PgCluster, view: View, { leader, candidate }: Asked): boolean {
  const found = requested(c, view);
  return found.leader === leader && found.member === candidate;
}

/** Takes back what Patroni still has in front of it. Left there, it would be carried out by whoever leads later, and keep the others from leading. */
const withdrawn = (c: PgCluster, view: View, asked: Asked | undefined): Action[] =>
  asked === undefined || !isRequest(c, view, asked)
    ? []
    : [
        {
          type: "annotate",
          kind: "Endpoints",
          name: failoverEndpoints(c),
          annotations: { leader: null, member: null, scheduled_at: null },
        },
      ];

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

const note = (c: PgCluster, pending: PendingSwitchover | undefined): Action => ({
  type: "annotate",
  kind: "PerconaPGCluster",
  name: c.name,
  annotations: { [annotation.switchoverPending]: pending === undefined ? null : JSON.stringify(pending) },
});

/** The user's switchover: each new value of the annotation is carried out once. */
export function planSwitchover(c: PgCluster, view: View): SwitchoverPlan {
  const value = c.annotations[annotation.switchover];
  const pending = pendingSwitchover(view);
  const before = view.cr.status?.patroni?.status?.switchover;
  const forget = pending === undefined ? [] : [...withdrawn(c, view, pending.asked), note(c, undefined)];
  const isDone = pending !== undefined && pending.value === before;
  if (isDone || value === undefined || value === "" || value === before) return { actions: forget };
  if (!c.patroni.switchover.enabled) {
    // Taken back; it may have been carried out already.
    const handled = pending?.value === value ? { handled: { value, timeline: timeline(view) } } : {};
    return { actions: forget, ...handled };
  }
  if (pending?.value !== value) {
    const start = startSwitchover(c, view, value, undefined);
    return { ...start, actions: [...withdrawn(c, view, pending?.asked), ...start.actions] };
  }
  return pending.asked === undefined
    ? startSwitchover(c, view, value, pending.since)
    : followSwitchover(c, view, value, pending.asked, view.now - pending.since);
}

/** What there is to do after Patroni has been asked, that many milliseconds ago. */
function followSwitchover(c: PgCluster, view: View, value: string, asked: Asked, waited: number): SwitchoverPlan {
  const primary = primaryOf(view);
  // A later timeline: it has moved, even if it moved back since.
  if (primary !== undefined && timeline(view) > asked.timeline && !isRequest(c, view, asked)) {
    return {
      actions: [event("Normal", "SwitchoverDone", `Instance ${primary.name} is primary now.`)],
      handled: { value, timeline: timeline(view) },
    };
  }
  if (waited > GIVE_UP_MS) {
    return {
      actions: [
        ...withdrawn(c, view, asked),
        event(
          "Warning",
          "SwitchoverRefused",
          `Patroni did not make ${asked.candidate} primary. See the log of the primary; set a new value to try again.`,
        ),
      ],
      handled: { value, timeline: timeline(view) },
    };
  }
  if (waited < ASK_AGAIN_MS) return { actions: [], requeueAfterMs: ASK_AGAIN_MS - waited };
  const leads = primary?.pod?.metadata.name ?? leaderLock(view).pod;
  // Noted here, but not, or no longer, in front of Patroni: an operator ended between the two, or Patroni found the candidate unfit.
  const isMissing =
    !switchoverRequested(c, view) && (asked.leader === "" ? leads !== asked.candidate : asked.leader === leads);
  // An operator that ended before it woke the leader has left that to the next one.
  return { actions: isMissing ? requestSwitchover(c, view, asked) : wakeLeader(view), requeueAfterMs: ASK_AGAIN_MS };
}

/** `since` is when the request was first seen, if it waits already. */
function startSwitchover(c: PgCluster, view: View, value: string, since: number | undefined): SwitchoverPlan {
  const { target, type } = c.patroni.switchover;
  const isOrder = type === "Failover";
  const primary = primaryOf(view);
  const instances = instancesOf(view);
  const refuse = (message: string): SwitchoverPlan => ({
    actions: [event("Warning", "SwitchoverRefused", message)],
    handled: { value, timeline: timeline(view) },
  });
  if (isOrder && target === undefined) {
    return refuse("spec.patroni.switchover.targetInstance: a Failover needs the instance that becomes primary.");
  }
  if (target !== undefined && !instances.some((i) => i.name === target)) {
    const list = instances.map((i) => i.name).join(", ");
    return refuse(`spec.patroni.switchover.targetInstance: there is no instance ${target}. Choose one of ${list}.`);
  }
  if (target !== undefined && target === primary?.name) return refuse(`Instance ${target} is the primary already.`);
  const waited = view.now - (since ?? view.now);
  const wait = (missing: string, forMs: number): SwitchoverPlan => ({
    actions: since === undefined ? [note(c, { value, since: view.now })] : [],
    waitingFor: `${missing}, for the switchover`,
    requeueAfterMs: forMs,
  });
  const isWanted = (i: Instance): boolean => target === undefined || i.name === target;
  const wanted = instances.filter((i) => i.name !== primary?.name && isWanted(i));
  if (wanted.length === 0) return refuse("There is no other instance that could become primary.");
  const lock = leaderLock(view);
  const runsOutInMs = lock.pod === undefined ? 0 : (lock.expiresAt ?? Number.POSITIVE_INFINITY) - view.now;
  const leader = runsOutInMs > 0 ? primary : undefined;
  const fit = leader === undefined ? undefined : switchoverCandidates(view).find(isWanted);
  // Who takes over from a leader that lives gets all that it has.
  const candidate =
    fit ?? (isOrder ? wanted.find((i) => (leader === undefined ? runsOutInMs <= 0 : streams(i))) : undefined);
  const missing = candidate === undefined ? whatIsMissing(view, leader, wanted, target) : "its turn";
  if (waited >= GIVE_UP_MS) return refuse(`Waited in vain for ${missing}. Set a new value to try again.`);
  if (candidate === undefined) {
    const leftMs = GIVE_UP_MS - waited;
    return wait(missing, runsOutInMs > 0 ? Math.min(leftMs, runsOutInMs) : leftMs);
  }
  // Commits would wait for the old primary alone, until it has stopped and started again: seconds. After the last switchover it may not have yet.
  const straggler = instances.find((i) => i.pod !== undefined && i.name !== candidate.name && !isCaughtUp(c, view, i));
  if (straggler !== undefined && !isOrder && waited < STRAGGLERS_MS) {
    return wait(`instance ${straggler.name} to follow the primary`, STRAGGLERS_MS - waited);
  }
  const asked: Asked = {
    leader: fit === undefined ? "" : (leader?.pod?.metadata.name ?? ""),
    candidate: instancePod(candidate.name),
    timeline: timeline(view),
  };
  return {
    actions: [
      note(c, { value, since: view.now, asked }),
      ...requestSwitchover(c, view, asked),
      event("Normal", "SwitchoverStarted", `From ${primary?.name ?? "no primary"} to ${candidate.name}.`),
    ],
  };
}

/** Instances turn unready for a moment after a change of the primary, and synchronous again one after the other. */
function whatIsMissing(
  view: View,
  primary: Instance | undefined,
  wanted: readonly Instance[],
  target: string | undefined,
): string {
  if (primary === undefined) return "a primary";
  const who = target === undefined ? "a replica" : `instance ${target}`;
  const isReadyReplica = wanted.some(
    (i) => i.ready && i.member.state === "running" && i.member.pending_restart !== true,
  );
  return isReadyReplica && synchronousMembers(view) !== undefined
    ? `${who} to become synchronous`
    : `${who} to be ready`;
}
