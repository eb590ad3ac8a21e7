/** Lifecycle hooks: something done in or to a container after its start and before its end. */

import type { Container } from "@keelson/kube";
import { longestTimerMs } from "../../machine/longest-timer.ts";
import { checkProbe, type Handler, type ProbeTarget } from "../probes/check.ts";

type LifecycleHandler = NonNullable<NonNullable<Container["lifecycle"]>["preStop"]> & { sleep?: { seconds?: number } };

/** Runs a hook to its end. Answers why it failed, or undefined; never throws: a container ends whatever its hook says. */
export async function runHook(
  hook: LifecycleHandler,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<string | undefined> {
  const limitMs = Math.min(timeoutMs, longestTimerMs);
  if (hook.sleep !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, Math.min((hook.sleep?.seconds ?? 0) * 1000, limitMs)));
    return undefined;
  }
  const answer = await checkProbe(hook as Handler, target, limitMs);
  return answer.ok ? undefined : answer.output;
}
