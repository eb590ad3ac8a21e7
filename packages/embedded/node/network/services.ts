/** Keeps the node's service rules equal to what the API says. */

import type { EndpointSlice, Informer, Logger, Service } from "@keelson/kube";
import { runCommand } from "./command.ts";
import { nftRuleset } from "./nft.ts";
import { servicePorts } from "./service-rules.ts";

/** Changes that come together are applied together; the first is not kept waiting. Milliseconds. */
const GATHER_MS = 20;
const RETRY_MS = 1000;

export class ServiceProxy {
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #nodeAddress: string;
  readonly #log: Logger;
  #applied = "";
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #stopped = false;

  constructor(options: {
    services: Informer<Service>;
    slices: Informer<EndpointSlice>;
    nodeAddress: string;
    log: Logger;
  }) {
    this.#services = options.services;
    this.#slices = options.slices;
    this.#nodeAddress = options.nodeAddress;
    this.#log = options.log;
  }

  /** Applies the rules once, then after every change. Both informers must be synced. */
  async start(): Promise<void> {
    await this.#apply();
    this.#services.subscribe(() => this.#soon(GATHER_MS));
    this.#slices.subscribe(() => this.#soon(GATHER_MS));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #soon(delayMs: number): void {
    if (this.#timer !== undefined || this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#apply();
    }, delayMs);
  }

  async #apply(): Promise<void> {
    if (this.#running) return this.#soon(GATHER_MS);
    const ruleset = nftRuleset({
      ports: servicePorts(this.#services.list(), this.#slices.list()),
      nodeAddress: this.#nodeAddress,
    });
    if (ruleset === this.#applied) return;
    this.#running = true;
    try {
      await runCommand(["nft", "-f", "-"], { input: ruleset });
      this.#applied = ruleset;
    } catch (err) {
      this.#log.error({ err }, "service rules could not be applied");
      this.#soon(RETRY_MS);
    } finally {
      this.#running = false;
    }
  }
}
