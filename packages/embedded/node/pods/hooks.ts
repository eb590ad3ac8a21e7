/** Lifecycle hooks: something done in or to a container after its start and before its end. */

import type { Container } from "@keelson/kube";
import { checkHttp, checkProbe, type Handler, type ProbeTarget } from "../probes/check.ts";

type LifecycleHandler = NonNullable<NonNullable<Container["lifecycle"]>["preStop"]> & { sleep?: { seconds?: number } };

/** Runs a hook to its end. Answers why it failed, or undefined. */
export async function runHook(
  hook: LifecycleHandler,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<string | undefined> {
  if (hook.sleep !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, Math.min((hook.sleep?.seconds ?? 0) * 1000, timeoutMs)));
    return undefined;
  }
  if (hook.httpGet !== undefined) {
    const answer = await checkHttp(hook.httpGet, target, timeoutMs);
    return answer.ok ? undefined : answer.output;
  }
  const answer = await checkProbe(hook as Handler, target, timeoutMs);
  return answer.ok ? undefined : answer.output;
}
