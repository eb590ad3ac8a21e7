/** Keeps this machine's listening ports as the Services want them. */
import { join } from "node:path";
import { Controller, kinds, mapped } from "@keelson/kube";
import { regarding } from "../execution/actions.ts";
import { messageOf } from "../execution/api-answers.ts";
import { isNodeReady } from "../node-lifecycle/plan.ts";
import type { Service } from "../objects/types.ts";
import type { Part, Runtime } from "../runtime.ts";
import { Forwarder } from "./forwarder.ts";
import { type Forward, forwardId, NODE_PORT_ADDRESS, planBalancing, unsupportedPorts } from "./plan.ts";

/** All changes ask for the same thing. */
const PASS = "pass";
/** How soon a port that another program holds is tried again. */
const RETRY_MS = 10_000;
/** Addresses that are tried in one pass. When none of them is free, the port itself is taken, on all addresses. */
const MOST_MOVES = 8;

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
  readonly #listening = new Map<string, Forwarder>();
  /** Addresses where another program holds a port that we need. */
  readonly #unusable = new Set<string>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async pass(signal: AbortSignal): Promise<{ requeueAfterMs?: number } | undefined> {
    const services = this.#runtime.cache.list(kinds.Service);
    const tried: string[] = [];
    for (;;) {
      signal.throwIfAborted();
      const { forwards, statuses } = planBalancing(services, this.#unusable);
      await this.#closeOthers(new Set(forwards.map(forwardId)));
      const { taken, refused } = await this.#open(forwards, services, tried.length < MOST_MOVES);
      if (taken !== undefined) {
        // Another address has to be found for the Service: all of it is looked at again.
        this.#unusable.add(taken);
        tried.push(taken);
        continue;
      }
      // A program that has the port on every address has it on those, too.
      if (tried.length >= MOST_MOVES) for (const ip of tried) this.#unusable.delete(ip);
      // The address is told when something listens there.
      for (const [service, ip] of statuses) await this.#tell(service, ip, signal);
      for (const service of services) this.#warnOfPorts(service);
      return refused ? { requeueAfterMs: RETRY_MS } : undefined;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#listening.values()].map((forwarder) => forwarder.close()));
    this.#listening.clear();
  }

  async #closeOthers(wanted: ReadonlySet<string>): Promise<void> {
    for (const [id, forwarder] of this.#listening) {
      if (wanted.has(id)) continue;
      this.#listening.delete(id);
      await forwarder.close();
    }
  }

  /** Opens what is not open yet. `taken` is an address on which another program has the port; nothing after it was looked at. */
  async #open(
    forwards: readonly Forward[],
    services: readonly Service[],
    mayMove: boolean,
  ): Promise<{ readonly taken?: string; readonly refused: boolean }> {
    let refused = false;
    for (const forward of forwards) {
      if (this.#listening.has(forwardId(forward))) continue;
      const outcome = await this.#listen(forward, services, mayMove);
      if (outcome === "taken") return { taken: forward.ip, refused };
      refused ||= outcome === "refused";
    }
    return { refused };
  }

  async #listen(
    forward: Forward,
    services: readonly Service[],
    mayMove: boolean,
  ): Promise<"listening" | "taken" | "refused"> {
    const { logger, events } = this.#runtime;
    const { ip, port, target, service } = forward;
    try {
      const onFailure = (err: unknown) => logger.debug({ err, service, ip, port }, "connection could not be relayed");
      const forwarder = await Forwarder.listen({ ip, port, target, sockets: () => this.#sockets(), onFailure });
      this.#listening.set(forwardId(forward), forwarder);
      logger.info(
        { service, ip, port, target: `${target.host}:${target.port}` },
        "service reachable from this machine",
      );
      return "listening";
    } catch (error) {
      const inUse = (error as { code?: string }).code === "EADDRINUSE";
      // A NodePort has one address only.
      if (inUse && mayMove && ip !== NODE_PORT_ADDRESS) return "taken";
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
