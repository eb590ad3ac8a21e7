/** Does what a plan says. No decision is made here. */
import {
  applyIfChanged,
  type Client,
  type EventRecorder,
  isAlreadyExists,
  type KubeObject,
  type Live,
  type Logger,
} from "@keelson/kube";
import type { Action } from "../plan.ts";
import { runAgent, runSql } from "./pods.ts";
import type { World } from "./world.ts";

export interface Ports {
  readonly client: Client;
  readonly world: World;
  readonly events: EventRecorder;
  readonly log: Logger;
}

/** What an action is about: events are told of this object, and names are in its namespace. */
export interface Subject {
  readonly object: Live;
  readonly namespace: string;
}

const CHECKPOINT_MS = 120_000;
const RESTART_MS = 120_000;

/** In order; the first failure ends it, since later actions may rely on earlier ones. */
export async function execute(
  actions: readonly Action[],
  about: Subject,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  for (const action of actions) await perform(action, about, ports, signal);
}

/** Objects that do not depend on one another, several at a time. Throws the first failure after all have been tried. */
export async function applyAll(objects: readonly KubeObject[], ports: Ports, signal: AbortSignal): Promise<number> {
  let changed = 0;
  const failures: unknown[] = [];
  const rest = [...objects];
  const worker = async (): Promise<void> => {
    for (let object = rest.shift(); object !== undefined; object = rest.shift()) {
      try {
        if (await applyOne(object, ports, signal)) changed++;
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  if (failures.length > 0) throw failures[0];
  return changed;
}

async function applyOne(object: KubeObject, { client, world }: Ports, signal: AbortSignal): Promise<boolean> {
  const { name = "", namespace = "" } = object.metadata ?? {};
  const { kind, live } = world.locate(object.kind ?? "", namespace, name);
  return (await applyIfChanged(client, kind, object, { live, signal })).changed;
}

async function perform(action: Action, about: Subject, ports: Ports, signal: AbortSignal): Promise<void> {
  const { client, world, log } = ports;
  const { namespace } = about;
  switch (action.type) {
    case "apply":
      await applyOne(action.object, ports, signal);
      return;
    case "create": {
      const { name = "" } = action.object.metadata ?? {};
      const { kind, live } = world.locate(action.object.kind ?? "", namespace, name);
      if (live !== undefined) return;
      try {
        await client.create(kind, action.object, { signal });
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
      }
      return;
    }
    case "delete": {
      const { kind } = world.locate(action.kind, namespace, action.name);
      log.info({ kind: action.kind, name: action.name }, "object deleted");
      await client.delete(
        kind,
        { namespace, name: action.name },
        {
          signal,
          ...(action.uid === undefined ? {} : { uid: action.uid }),
          ...(action.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: action.gracePeriodSeconds }),
          propagationPolicy: "Background",
        },
      );
      return;
    }
    case "annotate": {
      const { kind } = world.locate(action.kind, namespace, action.name);
      const { resourceVersion, annotations } = action;
      const body = { metadata: { ...(resourceVersion === undefined ? {} : { resourceVersion }), annotations } };
      await client.patch(kind, { namespace, name: action.name }, { type: "merge", body }, { signal });
      return;
    }
    case "restart": {
      log.info({ pod: action.pod }, "PostgreSQL is restarted");
      const at = { client, namespace, pod: action.pod, signal, timeoutMs: RESTART_MS };
      await runAgent(at, ["patroni", "POST", "/restart"], '{"restart_pending": true}');
      return;
    }
    case "checkpoint":
      await runSql(
        { client, namespace, pod: action.pod, signal, timeoutMs: CHECKPOINT_MS },
        "postgres",
        "CHECKPOINT;",
      ).catch((err: unknown) =>
        ports.events.record(about.object, {
          type: "Warning",
          reason: "NoCheckpoint",
          message: `CHECKPOINT on ${action.pod} failed: ${String(err)}`,
        }),
      );
      return;
    case "event":
      ports.events.record(about.object, { type: action.severity, reason: action.reason, message: action.message });
  }
}
