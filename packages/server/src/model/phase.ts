/** Which phase a database is in and what to say about it. Pure; the order of the rules is the order of importance. */
import type { Condition, Count, Level, Phase, Topology } from "../api/views.ts";
import type { Observed } from "./observed.ts";
import { podHealth } from "./pod-words.ts";

export interface Standing {
  readonly phase: Phase;
  readonly level: Level;
  readonly headline: string;
  readonly waitingFor?: string | undefined;
  /** What was refused, in the words of who refused it. */
  readonly problem?: string | undefined;
  readonly remedy?: string | undefined;
}

export interface Facts {
  readonly observed: Observed;
  readonly topology: Topology;
  readonly conditions: readonly Condition[];
  readonly instances: Count;
  readonly poolers: Count;
}

/** The standing of a database. */
export function standingOf(facts: Facts): Standing {
  const { cluster } = facts.observed;
  if (cluster.metadata?.deletionTimestamp !== undefined) return deleting(facts);
  if (restoreRuns(facts)) {
    return {
      phase: "restoring",
      level: "working",
      headline: "Being restored",
      waitingFor: "the restore to end; no connections until then",
    };
  }
  if (cluster.spec?.pause === true) return pausing(facts);
  return running(facts);
}

function deleting({ observed }: Facts): Standing {
  const left = observed.pods.length;
  return {
    phase: "deleting",
    level: "working",
    headline: "Being deleted",
    waitingFor:
      left > 0
        ? `${count(left, "pod")} to end`
        : `finalizers: ${(observed.cluster.metadata?.finalizers ?? []).join(", ") || "none"}`,
  };
}

function pausing({ instances, observed }: Facts): Standing {
  return instances.ready > 0 || observed.cluster.status?.state === "stopping"
    ? {
        phase: "pausing",
        level: "working",
        headline: "Being paused",
        waitingFor: `${count(instances.ready, "instance")} to stop`,
      }
    : {
        phase: "paused",
        level: "off",
        headline: "Paused",
        remedy: "Resume it to take connections again; the data is kept.",
      };
}

/** Conditions that sum up what the pods show anyway, or tell of one thing that went wrong: no refusal of what was asked. */
const summaries = new Set(["Ready", "Available", "PGBackRestManualBackupSuccessful", "StandbyLagging"]);

function running(facts: Facts): Standing {
  const { topology, instances, poolers, observed } = facts;
  const primary = topology.instances.find((instance) => instance.role === "primary" && instance.ready);
  const refused = facts.conditions.find((condition) => condition.level === "bad" && !summaries.has(condition.type));
  const stuck = observed.pods.map(podHealth).find((health) => health.level === "bad");
  const trouble = { waitingFor: stuck?.waitingFor, remedy: refused?.remedy ?? stuck?.remedy };
  if (primary === undefined) {
    if (!isInitialised(observed)) return creating(facts, refused, trouble);
    return {
      phase: "unavailable",
      level: "bad",
      headline: "Takes no writes: no primary is ready",
      waitingFor: missing(facts),
      ...onlyRemedy(trouble),
    };
  }
  if (refused !== undefined) {
    return {
      phase: "blocked",
      level: "bad",
      headline: `Takes writes, but: ${lowerFirst(refused.title)}`,
      problem: refused.message,
      ...onlyRemedy(trouble),
    };
  }
  if (instances.ready < instances.wanted || poolers.ready < poolers.wanted) {
    const parts = [
      instances.ready < instances.wanted ? `${instances.ready} of ${instances.wanted} instances` : "",
      poolers.ready < poolers.wanted ? `${poolers.ready} of ${poolers.wanted} poolers` : "",
    ].filter((part) => part !== "");
    return {
      phase: "degraded",
      level: stuck === undefined ? "working" : "bad",
      headline: `Takes writes with ${parts.join(" and ")}`,
      waitingFor: missing(facts),
      ...onlyRemedy(trouble),
    };
  }
  const ready = observed.cluster.status?.conditions?.find((condition) => condition.type === "Ready");
  if (ready?.status === "False" && ready.reason === "RollingUpdate") {
    return {
      phase: "updating",
      level: "working",
      headline: "Takes writes; instances are renewed one after the other",
      waitingFor: readyMessage(observed),
    };
  }
  if (isUpdating(observed))
    return { phase: "updating", level: "working", headline: "Takes writes; a change is being applied" };
  if (observed.cluster.status?.state === "ready") return { phase: "ready", level: "good", headline: "Ready" };
  return {
    phase: "updating",
    level: "working",
    headline: "Takes writes; not all parts are ready",
    waitingFor: missing(facts),
  };
}

function creating(
  facts: Facts,
  refused: Condition | undefined,
  trouble: Pick<Standing, "waitingFor" | "remedy">,
): Standing {
  if (refused !== undefined) {
    return {
      phase: "blocked",
      level: "bad",
      headline: refused.title,
      problem: refused.message,
      remedy: trouble.remedy,
    };
  }
  return {
    phase: "creating",
    level: trouble.remedy === undefined ? "working" : "bad",
    headline: "Being created",
    waitingFor: trouble.waitingFor ?? missing(facts),
    remedy: trouble.remedy,
  };
}

/** True once the data directory exists: Patroni has written the system identifier. */
export function isInitialised({ cluster }: Observed): boolean {
  const status = cluster.status;
  if ((status?.patroni?.status?.systemIdentifier ?? "") !== "") return true;
  return status?.state === "ready" || status?.state === "paused" || status?.state === "stopping";
}

export function restoreRuns({ observed }: Facts): boolean {
  if (observed.restores.some((restore) => restore.status?.state === "Starting" || restore.status?.state === "Running"))
    return true;
  return (
    observed.cluster.status?.conditions?.some((c) => c.type === "PGBackRestoreProgressing" && c.status === "True") ===
    true
  );
}

function isUpdating({ cluster }: Observed): boolean {
  const seen = cluster.status?.observedGeneration;
  return seen !== undefined && (cluster.metadata?.generation ?? 0) > seen;
}

/** What is not there yet, the most basic thing first. */
function missing({ topology, instances, poolers, observed }: Facts): string {
  if (observed.cluster.status?.state === undefined || observed.cluster.status.state === "")
    return "the operator to take it up";
  const waiting = topology.instances.find((instance) => !instance.ready);
  if (waiting !== undefined) return `${waiting.pod}: ${waiting.waitingFor ?? waiting.state}`;
  const seen = topology.instances.length;
  if (seen < instances.wanted) return `${count(instances.wanted - seen, "instance")} to be made`;
  if (!topology.instances.some((instance) => instance.role === "primary")) return "the instances to choose a primary";
  const pooler = topology.poolers.find((helper) => !helper.ready);
  if (pooler !== undefined) return `${pooler.pod}: ${pooler.waitingFor ?? "starting"}`;
  if (poolers.ready < poolers.wanted) return `${count(poolers.wanted - poolers.ready, "pooler")} to be made`;
  const repository = topology.repositories.find((helper) => !helper.ready);
  if (repository !== undefined) return `${repository.pod}: ${repository.waitingFor ?? "starting"}`;
  return readyMessage(observed) ?? "the operator to report it ready";
}

/** What the operator itself says it waits for. */
function readyMessage({ cluster }: Observed): string | undefined {
  const message = cluster.status?.conditions?.find((condition) => condition.type === "Ready")?.message ?? "";
  return message === "" ? undefined : message.replace(/^waiting for /, "");
}

function onlyRemedy({ remedy }: Pick<Standing, "remedy">) {
  return remedy === undefined ? {} : { remedy };
}

/** "1 instance", "2 instances". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
