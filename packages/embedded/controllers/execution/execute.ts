/** Runs plans. No decision is made here. */
import { chmod, mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type Client, isConflict, isNotFound, type Kind, type KubeObject, kinds, TransientError } from "@keelson/kube";
import { privateFolder } from "../../machine/private-folder.ts";
import type { ObjectReference } from "../objects/types.ts";
import type { Action, KindName, Plan } from "./actions.ts";
import { isAlreadyExists, isNamespaceTerminating, messageOf } from "./api-answers.ts";

/** Takes events; deduplicates and sends them in its own time. */
export interface EventSink {
  /** The same, in the name of this component. */
  as(component: string): EventSink;
  emit(event: {
    readonly regarding: ObjectReference;
    readonly type: "Normal" | "Warning";
    readonly reason: string;
    readonly message: string;
  }): void;
}

/** What actions act on. */
export interface Ports {
  readonly client: Client;
  readonly events: EventSink;
}

/** Batches of like actions grow like this, so that a refusal (quota) costs one call and not hundreds. */
const FIRST_BATCH = 1;
const LARGEST_BATCH = 32;

/** Runs the actions in order, then what the plan finishes with. Throws the first failure at the end. */
export async function execute(plan: Plan, ports: Ports, signal: AbortSignal): Promise<void> {
  const failure = await runAll(plan.actions, ports, signal);
  const last = plan.finish?.(failure && { action: failure.action, message: messageOf(failure.error) }) ?? [];
  const second = await runAll(last, ports, signal);
  const error = failure?.error ?? second?.error;
  // Objects of a namespace that goes away need nothing more.
  if (error !== undefined && !isNamespaceTerminating(error)) throw error;
}

interface Failed {
  readonly action: Action;
  readonly error: unknown;
}

async function runAll(actions: readonly Action[], ports: Ports, signal: AbortSignal): Promise<Failed | undefined> {
  let batchSize = FIRST_BATCH;
  for (let start = 0; start < actions.length; ) {
    signal.throwIfAborted();
    const first = actions[start] as Action;
    const end = batchEnd(actions, start, batchSize);
    const results = await Promise.allSettled(actions.slice(start, end).map((action) => run(action, ports, signal)));
    const failed = results.findIndex((result) => result.status === "rejected");
    if (failed >= 0) {
      const { reason } = results[failed] as PromiseRejectedResult;
      return { action: actions[start + failed] ?? first, error: reason };
    }
    batchSize = end - start > 1 || isBatchable(first) ? Math.min(batchSize * 2, LARGEST_BATCH) : FIRST_BATCH;
    start = end;
  }
  return undefined;
}

/** End of the run of like actions that begins at `start`. */
function batchEnd(actions: readonly Action[], start: number, batchSize: number): number {
  const first = actions[start] as Action;
  if (!isBatchable(first)) return start + 1;
  let end = start + 1;
  while (
    end < actions.length &&
    end - start < batchSize &&
    actions[end]?.type === first.type &&
    isBatchable(actions[end])
  )
    end++;
  return end;
}

/** Pods are many and independent of one another. */
function isBatchable(action: Action | undefined): boolean {
  return (
    action !== undefined &&
    (action.type === "create" || action.type === "delete" || action.type === "patch") &&
    action.kind === "Pod"
  );
}

async function run(action: Action, ports: Ports, signal: AbortSignal): Promise<void> {
  try {
    const name = await perform(action, ports, signal);
    tell(action, ports, "Normal", name === undefined ? {} : { name });
  } catch (error) {
    // A conflict is settled by looking again; it is nothing to tell anybody.
    if (!isConflict(error) && !isNamespaceTerminating(error))
      tell(action, ports, "Warning", { error: messageOf(error) });
    throw error;
  }
}

/** Does it; answers the name of the object concerned. */
async function perform(action: Action, { client, events }: Ports, signal: AbortSignal): Promise<string | undefined> {
  switch (action.type) {
    case "create":
      return create(action, client, signal);
    case "replace": {
      const live = await client.replace(kindOf(action.kind), action.object, { signal });
      return live.metadata.name;
    }
    case "status": {
      const live = await client.replaceStatus(kindOf(action.kind), action.object, { signal });
      return live.metadata.name;
    }
    case "patch":
      return patch(action, client, signal);
    case "delete": {
      const { uid, resourceVersion, propagationPolicy, gracePeriodSeconds } = action;
      await client.delete(kindOf(action.kind), action.ref, {
        uid,
        resourceVersion,
        propagationPolicy,
        gracePeriodSeconds,
        signal,
      });
      return action.ref.name;
    }
    case "makeDirectory":
      // Whatever user a pod runs as must be able to write; who reaches the folder is decided above it.
      await privateFolder(dirname(action.path));
      await mkdir(action.path, { recursive: true });
      await chmod(action.path, 0o777);
      return undefined;
    case "removeDirectory": {
      const { kind, ref, uid } = action.onlyWithout;
      const live = await client.get(kindOf(kind), ref, { signal });
      if (live?.metadata.uid === uid && live !== undefined)
        throw new TransientError("StillThere", `${kind} ${ref.name} still exists`);
      await rm(action.path, { recursive: true, force: true });
      return undefined;
    }
    case "event": {
      const { regarding, level, reason, message } = action;
      events.emit({ regarding, type: level, reason, message });
      return undefined;
    }
  }
}

async function create(
  action: Extract<Action, { type: "create" }>,
  client: Client,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const live = await client.create(kindOf(action.kind), action.object, { signal });
    return live.metadata.name;
  } catch (error) {
    if (action.ifExists === "ignore" && isAlreadyExists(error)) return action.object.metadata.name;
    throw error;
  }
}

async function patch(
  action: Extract<Action, { type: "patch" }>,
  client: Client,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { onlyWhile, subresource } = action;
  if (onlyWhile !== undefined) {
    const live = await client.get(kindOf(onlyWhile.kind), onlyWhile.ref, { signal });
    if (live === undefined || live.metadata.uid !== onlyWhile.uid || live.metadata.deletionTimestamp !== undefined)
      return undefined;
  }
  try {
    const options = subresource === undefined ? { signal } : { signal, subresource };
    await client.patch(kindOf(action.kind), action.ref, { type: "merge", body: action.body }, options);
  } catch (error) {
    // What is gone needs no change.
    if (!isNotFound(error)) throw error;
  }
  return action.ref.name;
}

function tell(
  action: Action,
  { events }: Ports,
  type: "Normal" | "Warning",
  values: { name?: string; error?: string },
): void {
  const { report } = action;
  const text = type === "Normal" ? report?.done : report?.failed;
  if (report === undefined || text === undefined) return;
  const message = text.message.replace("{name}", values.name ?? "").replace("{error}", values.error ?? "");
  events.emit({ regarding: report.regarding, type, reason: text.reason, message });
}

function kindOf(name: KindName): Kind<KubeObject> {
  return kinds[name] as unknown as Kind<KubeObject>;
}
