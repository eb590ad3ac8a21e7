/** Does what a plan says: Kubernetes' part by the engine's runner, PostgreSQL's part here. No decision is made here. */
import {
  applyAll as applyObjects,
  execute as executeActions,
  type Ports as KubePorts,
  type Subject,
} from "@keelson/engine";
import type { Client, EventRecorder, KubeObject, Logger } from "@keelson/kube";
import type { Action, PostgresAction } from "../plan.ts";
import { callAgent, runAgent, runSql } from "./pods.ts";
import type { World } from "./world.ts";

export interface Ports {
  readonly client: Client;
  readonly world: World;
  readonly events: EventRecorder;
  readonly log: Logger;
}

// Less than the two minutes that a pass may take: what is left of it says what happened, and goes on.
const CHECKPOINT_MS = 60_000;
const RESTART_MS = 90_000;
const WAKE_MS = 5_000;

/** In order; the first failure ends it, since later actions may rely on earlier ones. */
export async function execute(
  actions: readonly Action[],
  about: Subject,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  const perform = (action: PostgresAction): Promise<void> => performInside(action, about, ports, signal);
  await executeActions<PostgresAction>(actions, perform, { about, ports: kubePorts(ports), signal });
}

/** Objects that do not depend on one another, several at a time. Throws the first failure after all have been tried. */
export function applyAll(objects: readonly KubeObject[], ports: Ports, signal: AbortSignal): Promise<number> {
  return applyObjects(objects, kubePorts(ports), signal);
}

function kubePorts({ client, events, log, world }: Ports): KubePorts {
  return { client, events, log, locate: (kind, namespace, name) => world.locate(kind, namespace, name) };
}

async function performInside(action: PostgresAction, about: Subject, ports: Ports, signal: AbortSignal): Promise<void> {
  const { client, events, log } = ports;
  const at = { client, namespace: about.namespace, pod: action.pod, signal };
  switch (action.type) {
    case "restart":
      log.info({ pod: action.pod }, "PostgreSQL is restarted");
      await runAgent({ ...at, timeoutMs: RESTART_MS }, ["patroni", "POST", "/restart"], '{"restart_pending": true}');
      return;
    case "wake":
      await callAgent({ ...at, timeoutMs: WAKE_MS }, ["patroni", "PATCH", "/config"], '{"keelson":null}').catch(
        (err: unknown) => log.debug({ err, pod: action.pod }, "Patroni not woken"),
      );
      return;
    case "checkpoint":
      await runSql({ ...at, timeoutMs: CHECKPOINT_MS }, "postgres", "CHECKPOINT;").catch((err: unknown) =>
        events.record(about.object, {
          type: "Warning",
          reason: "NoCheckpoint",
          message: `CHECKPOINT on ${action.pod} failed: ${String(err)}`,
        }),
      );
  }
}
