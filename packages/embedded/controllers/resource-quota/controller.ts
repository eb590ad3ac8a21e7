/** Keeps the status of ResourceQuotas; the API server counts for itself when it admits. */
import { canonicalJson, keyOf, kinds, own, type Source } from "@keelson/kube";
import { plannedController } from "../execution/planned-controller.ts";
import { type Inventory, idOf } from "../inventory/inventory.ts";
import type { Part, Runtime } from "../runtime.ts";
import { quotaUsage } from "./usage.ts";

/** The controller; start it with `run`, beside the inventory. */
export function resourceQuotaController(runtime: Runtime, inventory: Inventory): Part {
  const { cache } = runtime;
  const quotas = cache.informer(kinds.ResourceQuota);
  /** Any object of a namespace with a quota may count. */
  const content: Source = {
    start: (enqueue) =>
      inventory.subscribe((kind, { type, object }) => {
        if (
          type === "updated" &&
          kind.kind !== "Pod" &&
          kind.kind !== "PersistentVolumeClaim" &&
          kind.kind !== "Service"
        )
          return;
        for (const quota of quotas.list(object.metadata.namespace ?? "")) enqueue(keyOf(quota));
      }),
    synced: () => inventory.ready,
  };
  return plannedController(
    {
      name: "resourcequota",
      sources: [own(quotas), content],
      plan: (key) => {
        const quota = quotas.get(key);
        if (quota === undefined) return undefined;
        const { namespace = "" } = quota.metadata;
        const counts = new Map<string, number>();
        for (const { kind } of inventory.inNamespace(namespace))
          counts.set(idOf(kind), (counts.get(idOf(kind)) ?? 0) + 1);
        const used = quotaUsage(quota, {
          pods: cache.list(kinds.Pod, namespace),
          claims: cache.list(kinds.PersistentVolumeClaim, namespace),
          services: cache.list(kinds.Service, namespace),
          counts,
        });
        const status = { hard: quota.spec?.hard ?? {}, used };
        if (canonicalJson(status) === canonicalJson(quota.status)) return undefined;
        return { actions: [{ type: "status", kind: "ResourceQuota", object: { ...quota, status } }] };
      },
    },
    runtime,
  );
}
