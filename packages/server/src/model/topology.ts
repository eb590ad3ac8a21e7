/** The instances, poolers and repository hosts of a database, with roles and lag. Pure. */
import type { Pod } from "@keelson/kube";
import type { Helper, Instance, Topology } from "../api/views.ts";
import { label } from "../manifest/names.ts";
import { defined } from "./defined.ts";
import { isoTime, labelOf, nameOf, type Observed } from "./observed.ts";
import { podHealth } from "./pod-words.ts";

/** What Patroni says of its member in the pod's annotation `status`. */
interface Member {
  readonly state?: string;
  readonly replication_state?: string;
  readonly xlog_location?: number;
  readonly timeline?: number;
}

/** The topology: primary first, then replicas by name. */
export function topologyOf(observed: Observed): Topology {
  const instances = observed.pods.filter(
    (pod) => labelOf(pod, label.data) === "postgres" && labelOf(pod, label.instance) !== undefined,
  );
  const leaderPosition = position(observed, instances);
  const order = { primary: 0, replica: 1, starting: 2 } as const;
  return {
    instances: instances
      .map((pod) => instanceOf(pod, leaderPosition))
      .sort((a, b) => order[a.role] - order[b.role] || a.pod.localeCompare(b.pod)),
    poolers: helpers(observed.pods, (pod) => labelOf(pod, label.role) === "pgbouncer"),
    repositories: helpers(observed.pods, (pod) => labelOf(pod, label.data) === "pgbackrest"),
    synchronous: isSynchronous(observed),
  };
}

/**
 * Whether commits wait for a replica: the operator's default is quorum commit from two instances on, unless the user's own
 * dynamic configuration says otherwise.
 */
function isSynchronous({ cluster }: Observed): boolean {
  const asked = cluster.spec?.patroni?.dynamicConfiguration?.["synchronous_mode"];
  if (asked !== undefined) return asked !== false && asked !== "off";
  return (cluster.spec?.instances ?? []).reduce((sum, set) => sum + (set.replicas ?? 1), 0) > 1;
}

function instanceOf(pod: Pod, leaderPosition: number | undefined): Instance {
  const health = podHealth(pod);
  const member = memberOf(pod);
  const role = roleOf(pod);
  const lag =
    role === "replica" && leaderPosition !== undefined && member.xlog_location !== undefined
      ? Math.max(0, leaderPosition - member.xlog_location)
      : undefined;
  return {
    name: labelOf(pod, label.instance) ?? nameOf(pod),
    pod: nameOf(pod),
    role,
    ready: health.ready,
    level: health.level,
    state: health.ready ? readyWords(role, member) : (member.state ?? "starting"),
    restarts: health.restarts,
    ...defined({
      waitingFor: health.waitingFor,
      node: pod.spec?.nodeName,
      lagBytes: lag,
      timeline: member.timeline,
      startedAt: isoTime(pod.status?.startTime),
    }),
  };
}

function readyWords(role: Instance["role"], member: Member): string {
  if (role === "primary") return "takes writes";
  if (role === "starting") return "running";
  return member.replication_state === "streaming"
    ? "streaming"
    : (member.replication_state ?? member.state ?? "running");
}

function roleOf(pod: Pod): Instance["role"] {
  const role = labelOf(pod, label.role);
  if (role === "primary" || role === "master") return "primary";
  return role === "replica" ? "replica" : "starting";
}

function memberOf(pod: Pod): Member {
  const text = pod.metadata?.annotations?.["status"];
  if (text === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? (parsed as Member) : {};
  } catch {
    return {};
  }
}

/** The furthest known position of the log: what the leader announced in its lock, or its own member record. */
function position(observed: Observed, instances: readonly Pod[]): number | undefined {
  const announced = Number(observed.leader?.metadata?.annotations?.["optime"]);
  const primary = instances.find((pod) => roleOf(pod) === "primary");
  const own = primary === undefined ? undefined : memberOf(primary).xlog_location;
  const known = [announced, own].filter(
    (value): value is number => value !== undefined && Number.isFinite(value) && value > 0,
  );
  return known.length === 0 ? undefined : Math.max(...known);
}

function helpers(pods: readonly Pod[], wanted: (pod: Pod) => boolean): Helper[] {
  return pods
    .filter(wanted)
    .map((pod) => {
      const health = podHealth(pod);
      return {
        pod: nameOf(pod),
        ready: health.ready,
        level: health.level,
        restarts: health.restarts,
        ...defined({ waitingFor: health.waitingFor, node: pod.spec?.nodeName }),
      };
    })
    .sort((a, b) => a.pod.localeCompare(b.pod));
}
