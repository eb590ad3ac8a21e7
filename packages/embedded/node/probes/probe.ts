/** When a probe runs and what its answers mean. Pure. */

import type { Probe } from "@keelson/kube";
import { longestTimerMs } from "../../machine/longest-timer.ts";

export type ProbeKind = "startup" | "liveness" | "readiness";
export type ProbeAnswer = { readonly ok: boolean; readonly output: string };

/** Counts equal answers in a row; a verdict falls when there are enough of them. */
export interface ProbeState {
  readonly verdict: boolean | undefined;
  readonly lastOk: boolean | undefined;
  readonly inARow: number;
}

export interface ProbeTiming {
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
}

export const FRESH: ProbeState = { verdict: undefined, lastOk: undefined, inARow: 0 };

/** Kubernetes' defaults for what is left out; at most what a timer takes: some weeks. */
export function probeTiming(probe: Probe): ProbeTiming {
  const ms = (seconds: number): number => Math.min(seconds * 1000, longestTimerMs);
  return {
    initialDelayMs: ms(probe.initialDelaySeconds ?? 0),
    periodMs: ms(Math.max(1, probe.periodSeconds ?? 10)),
    timeoutMs: ms(Math.max(1, probe.timeoutSeconds ?? 1)),
  };
}

/** The state after one more answer. A verdict changes only after the threshold; until then the old one holds. */
export function countAnswer(state: ProbeState, probe: Probe, ok: boolean): ProbeState {
  const inARow = state.lastOk === ok ? state.inARow + 1 : 1;
  const threshold = ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  return { verdict: inARow >= threshold ? ok : state.verdict, lastOk: ok, inARow };
}
