/** All controllers in one process. */
import { Cache, type Client, type Logger } from "@keelson/kube";
import { cronJobController } from "./cronjob/controller.ts";
import { daemonSetController } from "./daemonset/controller.ts";
import { deploymentController } from "./deployment/controller.ts";
import { disruptionController } from "./disruption/controller.ts";
import { endpointControllers } from "./endpoints/controller.ts";
import { eventSink } from "./execution/event-sink.ts";
import { garbageCollector } from "./garbage-collector/controller.ts";
import { Inventory } from "./inventory/inventory.ts";
import { jobController } from "./job/controller.ts";
import { loadBalancer } from "./load-balancer/controller.ts";
import { namespaceController } from "./namespace/controller.ts";
import { nodeLifecycleController, taintEvictionController } from "./node-lifecycle/controller.ts";
import { podGcController } from "./pod-gc/controller.ts";
import { replicaSetController } from "./replicaset/controller.ts";
import { resourceQuotaController } from "./resource-quota/controller.ts";
import type { Part, Runtime, Settings } from "./runtime.ts";
import { schedulerController } from "./scheduler/controller.ts";
import { defaultAccountController, rootCaController } from "./service-account/default-account.ts";
import { tokenSecretController } from "./service-account/token-secret.ts";
import { statefulSetController } from "./statefulset/controller.ts";
import { volumeControllers } from "./volumes/controller.ts";

/** What the process is given. */
export interface ControllersOptions {
  readonly client: Client;
  readonly logger: Logger;
  readonly settings: Settings;
  /** The clock. Default: the machine's. */
  readonly now?: () => number;
  /** The clock for durations. Default: the machine's. */
  readonly monotonic?: () => number;
  /** Names of the parts to run. Default: all. */
  readonly only?: readonly string[];
}

/** Runs until the signal ends; `ready` is called when all caches are complete and work has begun. */
export async function runControllers(
  options: ControllersOptions,
  signal: AbortSignal,
  ready: () => void = () => {},
): Promise<void> {
  const { client, logger, settings, now = Date.now, monotonic = () => performance.now() } = options;
  const cache = new Cache({ client, logger });
  const runtime: Runtime = { client, cache, logger, settings, now, monotonic, events: eventSink(client, logger) };
  const inventory = new Inventory(runtime);
  const parts: readonly Part[] = [
    schedulerController(runtime),
    statefulSetController(runtime),
    deploymentController(runtime),
    replicaSetController(runtime),
    daemonSetController(runtime),
    jobController(runtime),
    cronJobController(runtime),
    disruptionController(runtime),
    ...endpointControllers(runtime),
    defaultAccountController(runtime),
    rootCaController(runtime),
    tokenSecretController(runtime),
    nodeLifecycleController(runtime),
    taintEvictionController(runtime),
    podGcController(runtime),
    ...volumeControllers(runtime),
    loadBalancer(runtime),
    garbageCollector(runtime, inventory),
    namespaceController(runtime, inventory),
    resourceQuotaController(runtime, inventory),
  ].filter((part) => options.only?.includes(part.name) ?? true);

  cache.start(signal);
  const running = [inventory.run(signal), ...parts.map((part) => part.run(signal))];
  // One part that ends with an error ends the process: its supervisor starts all anew.
  const failed = Promise.all(running);
  await Promise.race([Promise.all([cache.synced(signal), inventory.ready]), failed]);
  ready();
  await failed;
}
