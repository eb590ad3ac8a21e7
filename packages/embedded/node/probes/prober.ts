/** Runs the probes of one life of a container, and says when a verdict changes. */

import type { Container, Probe } from "@keelson/kube";
import { checkProbe, type Handler, type ProbeTarget } from "./check.ts";
import { countAnswer, FRESH, type ProbeKind, type ProbeState, probeTiming } from "./probe.ts";

export interface ProberOptions {
  readonly target: ProbeTarget;
  /** When the container's program began, milliseconds since the epoch; delays count from then. */
  readonly startedAt: number;
  /** What was known before: true for a container that an earlier node process had found started or ready. */
  readonly started: boolean;
  readonly ready: boolean;
  readonly onStarted: () => void;
  readonly onReady: (ready: boolean) => void;
  /** The container is to be ended: its startup or liveness probe has failed often enough. */
  readonly onDead: (kind: ProbeKind, output: string) => void;
  /** Every failing look, for the Unhealthy event. */
  readonly onFailure: (kind: ProbeKind, output: string) => void;
}

/** True when a container with these probes counts as started, or ready, as soon as it runs. */
export function countsAtOnce(container: Container): { started: boolean; ready: boolean } {
  return {
    started: container.startupProbe === undefined,
    ready: container.startupProbe === undefined && container.readinessProbe === undefined,
  };
}

const FIRST_EARLY_LOOK_MS = 125;
const LONGEST_EARLY_LOOK_MS = 1000;

/** Later in a container's life a probe is asked at its turns only. */
const IMPATIENT_MS = 60_000;

/** A probe for a good sign that has not been seen yet. */
function isImpatient(kind: ProbeKind, state: ProbeState, ageMs: number): boolean {
  return kind !== "liveness" && state.lastOk === false && state.verdict !== true && ageMs < IMPATIENT_MS;
}

export class Prober {
  readonly #options: ProberOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  #started: boolean;
  #ready: boolean;
  #stopped = false;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#started = options.started;
    this.#ready = options.ready;
    const { container } = options.target;
    if (container.startupProbe !== undefined && !this.#started) this.#begin("startup", container.startupProbe);
    else this.#beginOthers();
  }

  /** No answer counts any more. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #beginOthers(): void {
    const { livenessProbe, readinessProbe } = this.#options.target.container;
    if (livenessProbe !== undefined) this.#begin("liveness", livenessProbe);
    if (readinessProbe !== undefined) this.#begin("readiness", readinessProbe);
    else this.#setReady(true);
  }

  #begin(kind: ProbeKind, probe: Probe): void {
    const { initialDelayMs } = probeTiming(probe);
    const age = Date.now() - this.#options.startedAt;
    this.#later(Math.max(0, initialDelayMs - age), () => void this.#loop(kind, probe, FRESH));
  }

  async #loop(kind: ProbeKind, probe: Probe, state: ProbeState): Promise<void> {
    const { periodMs, timeoutMs } = probeTiming(probe);
    const began = performance.now();
    const answer = await checkProbe(probe as Handler, this.#options.target, timeoutMs);
    if (this.#stopped) return;
    const next = countAnswer(state, probe, answer.ok);
    if (!answer.ok) this.#options.onFailure(kind, answer.output);
    if (this.#settles(kind, next.verdict, answer.output)) return;
    const nextTurn = began + periodMs;
    if (isImpatient(kind, next, Date.now() - this.#options.startedAt))
      this.#lookEarly(kind, probe, next, { nextTurn, delayMs: FIRST_EARLY_LOOK_MS });
    else this.#later(Math.max(0, nextTurn - performance.now()), () => void this.#loop(kind, probe, next));
  }

  /**
   * Between its turns a probe that has never succeeded is asked more often, so that a container counts as started or ready soon
   * after it is. Only a success counts here: failures are counted at the turns that the pod asked for.
   */
  #lookEarly(kind: ProbeKind, probe: Probe, state: ProbeState, when: { nextTurn: number; delayMs: number }): void {
    const { timeoutMs } = probeTiming(probe);
    const untilTurn = when.nextTurn - performance.now();
    if (untilTurn <= when.delayMs) {
      this.#later(Math.max(0, untilTurn), () => void this.#loop(kind, probe, state));
      return;
    }
    this.#later(when.delayMs, async () => {
      const answer = await checkProbe(
        probe as Handler,
        this.#options.target,
        Math.min(timeoutMs, Math.max(1, when.nextTurn - performance.now())),
      );
      if (this.#stopped) return;
      if (!answer.ok)
        return this.#lookEarly(kind, probe, state, {
          ...when,
          delayMs: Math.min(when.delayMs * 2, LONGEST_EARLY_LOOK_MS),
        });
      const next = countAnswer(state, probe, true);
      if (this.#settles(kind, next.verdict, answer.output)) return;
      this.#later(Math.max(0, when.nextTurn - performance.now()), () => void this.#loop(kind, probe, next));
    });
  }

  /** Acts on a verdict; true when this probe has nothing more to look for. */
  #settles(kind: ProbeKind, verdict: boolean | undefined, output: string): boolean {
    if (kind === "readiness") {
      if (verdict !== undefined) this.#setReady(verdict);
      return false;
    }
    if (verdict === false) {
      this.stop();
      this.#options.onDead(kind, output);
      return true;
    }
    if (kind !== "startup" || verdict !== true) return false;
    this.#started = true;
    this.#options.onStarted();
    this.#beginOthers();
    return true;
  }

  #setReady(ready: boolean): void {
    if (this.#ready === ready) return;
    this.#ready = ready;
    this.#options.onReady(ready);
  }

  #later(delayMs: number, action: () => unknown): void {
    if (this.#stopped) return;
    const run = (): void => {
      clearTimeout(timer);
      this.#timers.delete(timer);
      action();
    };
    const timer = setTimeout(run, delayMs);
    this.#timers.add(timer);
  }
}
