/** Says on a CRD itself that it cannot be compiled, where whoever looks for the cause of its 500s will look. */
import type { Platform } from "../platform.ts";
import type { KubeObject } from "../types.ts";
import { objectAt, objectsAt } from "../types.ts";
import { timestamp } from "../verbs/context.ts";

export const crdCollection = "apiextensions.k8s.io/customresourcedefinitions";

/** The condition by which upstream says that a schema is no good. */
export const schemaCondition = "NonStructuralSchema";

/** Sets the condition to the problem, or takes it away when there is none. Never throws: the problem may be with the object itself. */
export async function reportCompilation(platform: Platform, key: string, problem: string | undefined): Promise<void> {
  if (problem !== undefined)
    platform.log.error(
      { crd: key, problem },
      "a CustomResourceDefinition cannot be compiled: its objects are not served",
    );
  try {
    await writeCondition(platform, key, problem);
  } catch (error) {
    platform.log.error({ err: error, crd: key }, "could not write a condition of a CRD");
  }
}

async function writeCondition({ store, now }: Platform, key: string, problem: string | undefined): Promise<void> {
  const latest = store.latest(crdCollection, key)?.object;
  if (latest === undefined) return;
  const known = conditionsOf(latest).find((c) => c["type"] === schemaCondition);
  if (known?.["message"] === problem) return;
  const conditions = conditionsOf(latest).filter((c) => c !== known);
  if (problem !== undefined) {
    const lastTransitionTime = timestamp(now());
    conditions.push({
      type: schemaCondition,
      status: "True",
      lastTransitionTime,
      reason: "CannotBeCompiled",
      message: problem,
    });
  }
  const status = { ...objectAt(latest, "status"), conditions };
  await store.put(crdCollection, key, { ...latest, status });
}

export function conditionsOf(crd: KubeObject) {
  return objectsAt(crd.status, "conditions");
}
