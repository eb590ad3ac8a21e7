/** Ends one container: preStop hook, SIGTERM, and SIGKILL when its time is over. */

import type { Container } from "@keelson/kube";
import { longestTimerMs } from "../../machine/longest-timer.ts";
import type { ProbeTarget } from "../probes/check.ts";
import { type ProcessId, signalProcess } from "../runtime/process.ts";
import { runHook } from "./hooks.ts";

/** However short the grace period: time to react to SIGTERM. Source: kubelet, minimumGracePeriodInSeconds. */
export const SHORTEST_GRACE_MS = 2000;

/** A time limit that can be shortened while somebody waits for it. */
export class Deadline {
  #at: number;
  #timer: NodeJS.Timeout | undefined;
  #passed = Promise.withResolvers<void>();

  constructor(at: number) {
    this.#at = at;
    this.#arm();
  }

  get passed(): Promise<void> {
    return this.#passed.promise;
  }

  get leftMs(): number {
    return Math.max(0, this.#at - Date.now());
  }

  /** Takes effect only when it is earlier than what was set. */
  shorten(at: number): void {
    if (at >= this.#at) return;
    this.#at = at;
    this.#arm();
  }

  /** At least so much time is left from now on. */
  ensure(ms: number): void {
    const least = Date.now() + ms;
    if (this.#at >= least) return;
    // Who waits from now on waits for the new time, even when the old one is over.
    if (this.leftMs === 0) this.#passed = Promise.withResolvers();
    this.#at = least;
    this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const { leftMs } = this;
    const next = (): void => (leftMs > longestTimerMs ? this.#arm() : this.#passed.resolve());
    this.#timer = setTimeout(next, Math.min(leftMs, longestTimerMs));
  }
}

export interface StopRequest {
  readonly container: Container;
  readonly process: ProcessId;
  readonly target: ProbeTarget;
  readonly deadline: Deadline;
  /** Resolves when the container has ended. */
  readonly exited: Promise<void>;
  readonly onHookFailure: (why: string) => void;
}

/** Resolves when the container has ended. */
export async function stopContainer(request: StopRequest): Promise<void> {
  const { container, process, deadline, exited } = request;
  const hook = container.lifecycle?.preStop;
  try {
    if (hook !== undefined && deadline.leftMs > 0) {
      const failed = await Promise.race([runHook(hook, request.target, deadline.leftMs), deadline.passed, exited]);
      if (typeof failed === "string") request.onHookFailure(failed);
      deadline.ensure(SHORTEST_GRACE_MS);
    }
    signalProcess(process, stopSignal(container));
    await Promise.race([exited, deadline.passed]);
    signalProcess(process, "SIGKILL");
    await exited;
  } finally {
    deadline.cancel();
  }
}

function stopSignal(container: Container): NodeJS.Signals {
  const named = (container.lifecycle as { stopSignal?: string } | undefined)?.stopSignal;
  return named?.startsWith("SIG") ? (named as NodeJS.Signals) : "SIGTERM";
}
