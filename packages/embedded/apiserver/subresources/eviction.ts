/** `pods/NAME/eviction`: a deletion that honours PodDisruptionBudgets. */
import type { PodDisruptionBudget } from "kubernetes-types/policy/v1.js";
import { badRequest, notFound, StatusError } from "../errors.ts";
import { sendJson } from "../http/respond.ts";
import { clone } from "../schema/index.ts";
import { labelSelectorOf, type SelectorObject } from "../selectors/labels.ts";
import { type Stored, storageKey } from "../storage/stored.ts";
import { isObject, type JsonObject, type KubeObject, numberAt, objectAt, objectsAt, stringAt } from "../types.ts";
import { isDryRun, type ResourceRequest, timestamp } from "../verbs/context.ts";
import { checkDeletion, deleteObject } from "../verbs/delete.ts";
import type { DeleteOptions } from "../verbs/delete-options.ts";
import { setCondition } from "./binding.ts";
import { readBodyOf } from "./body.ts";

const budgets = "policy/poddisruptionbudgets";

export async function evictPod(request: ResourceRequest): Promise<void> {
  const { resource, info, platform } = request;
  const body = await readBodyOf(request, "policy", "v1", "Eviction");
  const named = stringAt(body["metadata"], "name") ?? "";
  if (named !== "" && named !== info.name) throw badRequest("name in URL does not match name in Eviction object");
  const options = optionsOf(body, isDryRun(info));
  const key = storageKey(info.namespace, info.name);
  const live = platform.store.latest(resource.collection, key);
  if (live === undefined) throw notFound(resource, info.name);
  // All that may refuse the deletion comes first: a budget is charged for pods that go.
  checkDeletion(request, live, options);
  const budget = mayIgnoreBudgets(live.object) ? undefined : chargeBudget(request, live.object);
  const charged =
    budget === undefined || options.dryRun ? undefined : platform.store.put(budgets, budget.key, budget.object);
  const pod = options.dryRun ? live : await markEvicted(request, live);
  await charged;
  const latest = platform.store.latest(resource.collection, key);
  const { resourceVersion, ...rest } = options;
  if (latest !== undefined) {
    const unchanged = resourceVersion !== undefined && resourceVersion === live.object.metadata.resourceVersion;
    await deleteObject(request, latest, {
      ...rest,
      resourceVersion: unchanged ? String(pod.resourceVersion) : resourceVersion,
    });
  }
  sendJson(request.exchange, 201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}

function optionsOf(body: JsonObject, dryRun: boolean): DeleteOptions {
  const given = objectAt(body, "deleteOptions");
  const preconditions = objectAt(given, "preconditions");
  const policy = stringAt(given, "propagationPolicy");
  const asked = given?.["dryRun"];
  return {
    gracePeriodSeconds: numberAt(given, "gracePeriodSeconds"),
    propagationPolicy: policy === "Orphan" || policy === "Foreground" || policy === "Background" ? policy : undefined,
    uid: stringAt(preconditions, "uid"),
    resourceVersion: stringAt(preconditions, "resourceVersion"),
    dryRun: dryRun || (Array.isArray(asked) && asked.includes("All")),
  };
}

/** Pods that are over, not started or already leaving disrupt nobody. */
function mayIgnoreBudgets(pod: KubeObject): boolean {
  const phase = stringAt(pod.status, "phase") ?? "";
  return ["Succeeded", "Failed", "Pending"].includes(phase) || pod.metadata.deletionTimestamp !== undefined;
}

function isReady(pod: KubeObject): boolean {
  return objectsAt(pod.status, "conditions").some((c) => c["type"] === "Ready" && c["status"] === "True");
}

/** The budget with one disruption less, ready to be stored; undefined when none applies. Throws the 429. */
function chargeBudget(
  { platform, info }: ResourceRequest,
  pod: KubeObject,
): { key: string; object: KubeObject } | undefined {
  const guarding = [...platform.store.latestOf(budgets)].filter(({ object }) => {
    if (object.metadata.namespace !== info.namespace) return false;
    const selector = objectAt(object.spec, "selector");
    return selector !== undefined && labelSelectorOf(selector as SelectorObject).matches(pod.metadata.labels);
  });
  const [first, second] = guarding;
  if (first === undefined) return undefined;
  if (second !== undefined) {
    const message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    throw new StatusError(500, "", message);
  }
  const object = clone(first.object);
  const budget = object as unknown as PodDisruptionBudget & { spec?: { unhealthyPodEvictionPolicy?: string } };
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
  if (!isReady(pod)) {
    if (budget.spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return undefined;
    if (currentHealthy >= desiredHealthy && desiredHealthy > 0) return undefined;
  }
  requireDisruption(budget, object);
  const status = isObject(object.status) ? object.status : {};
  const allowed = (numberAt(status, "disruptionsAllowed") ?? 0) - 1;
  const disruptedPods = { ...objectAt(status, "disruptedPods"), [info.name]: timestamp(platform.now()) };
  object.status = { ...status, disruptionsAllowed: allowed, disruptedPods };
  return { key: first.key, object };
}

function requireDisruption({ status }: PodDisruptionBudget, object: KubeObject): void {
  const name = object.metadata.name ?? "";
  const refuse = (message: string, seconds: number): StatusError =>
    new StatusError(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [{ reason: "DisruptionBudget", message }],
      ...(seconds > 0 && { retryAfterSeconds: seconds }),
    });
  if ((status?.observedGeneration ?? 0) < (object.metadata.generation ?? 0)) {
    throw refuse(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if ((status?.disruptionsAllowed ?? 0) > 0) return;
  const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {};
  throw refuse(
    `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
    0,
  );
}

async function markEvicted({ platform, resource }: ResourceRequest, live: Stored): Promise<Stored> {
  const pod = clone(live.object);
  setCondition(pod, {
    type: "DisruptionTarget",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: timestamp(platform.now()),
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
  });
  return platform.store.put(resource.collection, live.key, pod);
}
