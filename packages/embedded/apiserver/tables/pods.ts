/** The pod's columns: what it is doing right now, in a word. */
import { type JsonObject, type KubeObject, objectAt, objectsAt, stringAt } from "../types.ts";
import { type Column, humanDuration } from "./column.ts";
import { ageColumn, labelsText, nameColumn, none, number, statusOf, templateColumns, text, wide } from "./common.ts";

interface Summary {
  readonly ready: number;
  readonly total: number;
  readonly reason: string;
  readonly restarts: number;
  /** When a container ended last, in ms since 1970; 0: never. */
  readonly lastRestart: number;
}

const isSidecar = (container: JsonObject | undefined): boolean => container?.["restartPolicy"] === "Always";

function terminated(state: JsonObject | undefined): JsonObject | undefined {
  return objectAt(state, "terminated");
}

function endedAt(status: JsonObject): number {
  const time = stringAt(terminated(objectAt(status, "lastState")), "finishedAt");
  return time === undefined ? 0 : Date.parse(time);
}

/** Why a container ended: its reason, signal or exit code. */
function endReason(state: JsonObject): string {
  const reason = stringAt(state, "reason") ?? "";
  if (reason !== "") return reason;
  const signal = number(state, "signal");
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${number(state, "exitCode")}`;
}

interface InitSummary {
  readonly reason: string | undefined;
  readonly ready: number;
  readonly restarts: number;
  readonly lastRestart: number;
  readonly sidecarRestarts: number;
  readonly lastSidecarRestart: number;
}

function initSummary(pod: KubeObject): InitSummary {
  const declared = objectsAt(pod.spec, "initContainers");
  const sum = { reason: undefined, ready: 0, restarts: 0, lastRestart: 0, sidecarRestarts: 0, lastSidecarRestart: 0 };
  for (const [i, status] of objectsAt(pod.status, "initContainerStatuses").entries()) {
    const sidecar = isSidecar(declared.find((c) => c["name"] === status["name"]));
    const count = number(status, "restartCount");
    sum.restarts += count;
    sum.lastRestart = Math.max(sum.lastRestart, endedAt(status));
    if (sidecar) {
      sum.sidecarRestarts += count;
      sum.lastSidecarRestart = Math.max(sum.lastSidecarRestart, endedAt(status));
    }
    const state = objectAt(status, "state");
    const end = terminated(state);
    if (end !== undefined && number(end, "exitCode") === 0) continue;
    if (sidecar && status["started"] === true) {
      if (status["ready"] === true) sum.ready++;
      continue;
    }
    const waiting = stringAt(objectAt(state, "waiting"), "reason") ?? "";
    if (end !== undefined) return { ...sum, reason: `Init:${endReason(end)}` };
    if (waiting !== "" && waiting !== "PodInitializing") return { ...sum, reason: `Init:${waiting}` };
    return { ...sum, reason: `Init:${i}/${declared.length}` };
  }
  return sum;
}

function hasCondition(pod: KubeObject, type: string): boolean {
  return objectsAt(pod.status, "conditions").some((c) => c["type"] === type && c["status"] === "True");
}

function summaryOf(pod: KubeObject): Summary {
  const status = statusOf(pod);
  const phase = stringAt(status, "phase") ?? "";
  let reason = stringAt(status, "reason") || phase;
  if (objectsAt(status, "conditions").some((c) => c["type"] === "PodScheduled" && c["reason"] === "SchedulingGated")) {
    reason = "SchedulingGated";
  }
  const total =
    objectsAt(pod.spec, "containers").length + objectsAt(pod.spec, "initContainers").filter(isSidecar).length;
  const init = initSummary(pod);
  let { ready, restarts, lastRestart } = init;
  if (init.reason !== undefined) reason = init.reason;
  if (init.reason === undefined || hasCondition(pod, "Initialized")) {
    restarts = init.sidecarRestarts;
    lastRestart = init.lastSidecarRestart;
    let running = false;
    for (const container of objectsAt(status, "containerStatuses").reverse()) {
      restarts += number(container, "restartCount");
      lastRestart = Math.max(lastRestart, endedAt(container));
      const state = objectAt(container, "state");
      const waiting = stringAt(objectAt(state, "waiting"), "reason") ?? "";
      const end = terminated(state);
      if (waiting !== "") reason = waiting;
      else if (end !== undefined) reason = endReason(end);
      else if (container["ready"] === true && objectAt(state, "running") !== undefined) {
        running = true;
        ready++;
      }
    }
    if (reason === "Completed" && running) reason = hasCondition(pod, "Ready") ? "Running" : "NotReady";
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (stringAt(status, "reason") === "NodeLost") reason = "Unknown";
    else if (phase !== "Succeeded" && phase !== "Failed") reason = "Terminating";
  }
  return { ready, total, reason, restarts, lastRestart };
}

/** One summary serves all cells of a row. */
const summaries = new WeakMap<KubeObject, Summary>();

function summary(pod: KubeObject): Summary {
  let known = summaries.get(pod);
  if (known === undefined) {
    known = summaryOf(pod);
    summaries.set(pod, known);
  }
  return known;
}

function gates(pod: KubeObject): string {
  const wanted = objectsAt(pod.spec, "readinessGates");
  if (wanted.length === 0) return none;
  const met = wanted.filter((gate) => hasCondition(pod, String(gate["conditionType"])));
  return `${met.length}/${wanted.length}`;
}

function restartsText({ restarts, lastRestart }: Summary, now: number): string {
  if (restarts === 0 || lastRestart === 0) return String(restarts);
  return `${restarts} (${humanDuration(now - lastRestart)} ago)`;
}

export const podColumns: readonly Column[] = [
  nameColumn,
  text("Ready", (pod) => `${summary(pod).ready}/${summary(pod).total}`),
  text("Status", (pod) => summary(pod).reason),
  { name: "Restarts", cell: (pod, now) => restartsText(summary(pod), now) },
  ageColumn,
  wide(text("IP", (pod) => stringAt(objectsAt(pod.status, "podIPs")[0], "ip") || none)),
  wide(text("Node", (pod) => stringAt(pod.spec, "nodeName") || none)),
  wide(text("Nominated Node", (pod) => stringAt(pod.status, "nominatedNodeName") || none)),
  wide(text("Readiness Gates", gates)),
];

export const podTemplateColumns: readonly Column[] = [
  nameColumn,
  ...templateColumns((object) => objectAt(object, "template")).map((column) => ({ ...column, priority: 0 })),
  text("Pod Labels", (object) => labelsText(objectAt(objectAt(objectAt(object, "template"), "metadata"), "labels"))),
];

/** Marks rows of pods that are over, which kubectl can hide. */
export function podRowConditions(pod: KubeObject): JsonObject[] | undefined {
  const phase = stringAt(pod.status, "phase");
  if (phase === "Succeeded") {
    return [{ type: "Completed", status: "True", reason: "Succeeded", message: "The pod has completed successfully." }];
  }
  if (phase === "Failed") return [{ type: "Completed", status: "True", reason: "Failed", message: "The pod failed." }];
  return undefined;
}
