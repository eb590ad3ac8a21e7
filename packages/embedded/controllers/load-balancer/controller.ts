/** Keeps this machine's listening ports as the Services want them. */
import { join } from "node:path";
import { Controller, kinds, mapped } from "@keelson/kube";
import { regarding } from "../execution/actions.ts";
import { messageOf } from "../execution/api-answers.ts";
import { isNodeReady } from "../node-lifecycle/plan.ts";
import type { Service } from "../objects/types.ts";
import type { Part, Runtime } from "../runtime.ts";
import { Forwarder } from "./forwarder.ts";
import { type Forward, forwardId, planBalancing, unsupportedPorts } from "./plan.ts";

/** All changes ask for the same thing. */
const PASS = "pass";
/** How soon a port that another program holds is tried again. */
const RETRY_MS = 10_000;

/** The load balancer; `run` closes its ports at the end. */
export function loadBalancer(shared: Runtime): Part {
  const runtime: Runtime = { ...shared, events: shared.events.as("service-controller") };
  const balancer = new Balancer(runtime);
  const controller = new Controller({
    name: "load-balancer",
    logger: runtime.logger,
    sources: [mapped(runtime.cache.informer(kinds.Service), () => [PASS])],
    reconcile: (_key: string, signal: AbortSignal) => balancer.pass(signal),
  });
  return {
    name: controller.name,
    run: async (signal) => {
      try {
        await controller.run(signal);
      } finally {
        await balancer.close();
      }
    },
  };
}

class Balancer {
  readonly #runtime: Runtime;
  readonly #open = new Map<string, Forwarder>();
  /** Addresses where another program holds a port that we need. */
  readonly #unusable = new Set<string>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async pass(signal: AbortSignal): Promise<{ requeueAfterMs?: number } | undefined> {
    const services = this.#runtime.cache.list(kinds.Service);
    const { forwards, statuses } = planBalancing(services, this.#unusable);
    const wanted = new Map(forwards.map((forward) => [forwardId(forward), forward]));
    for (const [id, forwarder] of this.#open) {
      if (wanted.has(id)) continue;
      this.#open.delete(id);
      await forwarder.close();
    }
    let refused = false;
    for (const [id, forward] of wanted) {
      if (this.#open.has(id)) continue;
      const moved = await this.#listen(id, forward, services);
      // Another address has to be found for the Service: look at all of it again.
      if (moved === "elsewhere") return this.pass(signal);
      refused ||= moved === "refused";
    }
    // The address is told when something listens there.
    for (const [service, ip] of statuses) await this.#tell(service, ip, signal);
    for (const service of services) this.#warnOfPorts(service);
    return refused ? { requeueAfterMs: RETRY_MS } : undefined;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((forwarder) => forwarder.close()));
    this.#open.clear();
  }

  async #listen(
    id: string,
    forward: Forward,
    services: readonly Service[],
  ): Promise<"listening" | "elsewhere" | "refused"> {
    const { logger, events } = this.#runtime;
    const { ip, port, target, service } = forward;
    try {
      const onFailure = (err: unknown) => logger.debug({ err, service, ip, port }, "connection could not be relayed");
      this.#open.set(id, await Forwarder.listen({ ip, port, target, sockets: () => this.#sockets(), onFailure }));
      logger.info(
        { service, ip, port, target: `${target.host}:${target.port}` },
        "service reachable from this machine",
      );
      return "listening";
    } catch (error) {
      const inUse = (error as { code?: string }).code === "EADDRINUSE";
      if (inUse && ip !== "127.0.0.1") {
        this.#unusable.add(ip);
        return "elsewhere";
      }
      const about = services.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === service);
      const message = `port ${port} of ${ip} could not be opened: ${messageOf(error)}`;
      if (about !== undefined) {
        events.emit({
          regarding: regarding("v1", "Service", about),
          type: "Warning",
          reason: "PortUnavailable",
          message,
        });
      }
      return "refused";
    }
  }

  /** Relay sockets of all nodes, those that are ready first. */
  #sockets(): readonly string[] {
    const { cache, settings } = this.#runtime;
    const nodes = cache.list(kinds.Node);
    const sorted = [...nodes.filter(isNodeReady), ...nodes.filter((node) => !isNodeReady(node))];
    return sorted.map((node) => join(settings.runDir, node.metadata.name, "relay.sock"));
  }

  async #tell(service: Service, ip: string | undefined, signal: AbortSignal): Promise<void> {
    const { client, events } = this.#runtime;
    // Mode Proxy: connections from inside the cluster are not cut short to this address, which means something else there.
    const loadBalancer = ip === undefined ? {} : { ingress: [{ ip, ipMode: "Proxy" }] };
    const object = { ...service, status: { ...service.status, loadBalancer } };
    await client.replaceStatus(kinds.Service, object, { signal });
    if (ip === undefined) return;
    const message = `Reachable from this machine at ${ip}`;
    events.emit({
      regarding: regarding("v1", "Service", service),
      type: "Normal",
      reason: "EnsuredLoadBalancer",
      message,
    });
  }

  #warnOfPorts(service: Service): void {
    for (const { port, protocol } of unsupportedPorts(service)) {
      const message = `port ${port}/${protocol} is not reachable from this machine: only TCP is relayed`;
      this.#runtime.events.emit({
        regarding: regarding("v1", "Service", service),
        type: "Warning",
        reason: "UnsupportedProtocol",
        message,
      });
    }
  }
}
