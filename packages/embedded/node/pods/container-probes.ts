/** The probes of a pod's containers: begun with a container's life, ended with it, their verdicts noted in its state. */

import type { Container, EventInput } from "@keelson/kube";
import type { ProbeTarget } from "../probes/check.ts";
import { Prober } from "../probes/prober.ts";
import { execInContainer } from "../runtime/exec.ts";
import type { DriverHost } from "./container-driver.ts";
import type { PodContext } from "./context.ts";
import type { ContainerState } from "./state.ts";

/** Ends a container that a probe found dead. */
export type EndDead = (name: string, message: string, graceSeconds: number | undefined) => void;

/** At most one prober per container. A prober that was stopped changes nothing any more, however late its answer. */
export class ContainerProbes {
  readonly #context: PodContext;
  readonly #host: DriverHost;
  readonly #endDead: EndDead;
  readonly #probers = new Map<string, Prober>();

  constructor(context: PodContext, host: DriverHost, endDead: EndDead) {
    this.#context = context;
    this.#host = host;
    this.#endDead = endDead;
  }

  /** What probes and hooks of a container are aimed at. */
  target(container: ContainerState, spec: Container): ProbeTarget {
    const { id = "" } = container;
    return {
      container: spec,
      podIP: this.#host.state.sandbox?.ip ?? "",
      exec: async (command, timeoutMs) => {
        const context = this.#context.runtime.execContext(id);
        if (context === undefined) throw new Error("the container is not there any more");
        return execInContainer(this.#context.runtime, id, context, command, timeoutMs);
      },
    };
  }

  /** Begins to probe a running container, unless it is being ended. */
  begin(container: ContainerState, spec: Container): void {
    if (container.killing === true) return;
    // The kubelet probes no container that runs to its end.
    if (container.role === "init") {
      container.started = true;
      return;
    }
    const change = (what: Partial<ContainerState>): void => {
      Object.assign(container, what);
      void this.#host.save();
      this.#host.wake();
    };
    const prober = new Prober({
      target: this.target(container, spec),
      startedAt: Date.parse(container.startedAt ?? "") || Date.now(),
      started: container.started,
      ready: container.ready,
      onStarted: () => change({ started: true }),
      onReady: (ready) => change({ ready }),
      onFailure: (kind, output) => this.#warn(`${capitalized(kind)} probe failed: ${output.trim()}`),
      onDead: (kind) => {
        const probe = kind === "startup" ? spec.startupProbe : spec.livenessProbe;
        const message = `Container ${spec.name} failed ${kind} probe, will be restarted`;
        this.#endDead(spec.name, message, probe?.terminationGracePeriodSeconds);
      },
    });
    this.#probers.set(container.name, prober);
  }

  /** Nothing more is heard of this container. */
  end(name: string): void {
    this.#probers.get(name)?.stop();
    this.#probers.delete(name);
  }

  endAll(): void {
    for (const name of this.#probers.keys()) this.end(name);
  }

  #warn(message: string): void {
    const event: EventInput = { type: "Warning", reason: "Unhealthy", message };
    this.#context.record(this.#host.pod, event);
  }
}

function capitalized(word: string): string {
  return `${word[0]?.toUpperCase()}${word.slice(1)}`;
}
