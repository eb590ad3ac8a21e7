/** Major upgrades are not supported by this version: a PerconaPGUpgrade is answered, so that nobody waits for it. */
import { findCondition, setConditions } from "@keelson/engine";
import type { Kind } from "@keelson/kube";
import { perconaPGUpgrades } from "@keelson/resources";
import type { ClusterDeps } from "../cluster/controller.ts";

const MESSAGE =
  "Major upgrades are not supported by this version: nothing was changed. Make a new cluster of the other version, and move the data with pg_dump.";

export async function reconcileUpgrade(
  key: string,
  signal: AbortSignal,
  { client, world, events, now }: ClusterDeps,
): Promise<void> {
  const upgrade = world.upgrades.get(key);
  if (upgrade === undefined || upgrade.metadata.deletionTimestamp !== undefined) return;
  const { metadata, status } = upgrade;
  if (findCondition(status?.conditions, "Succeeded")?.observedGeneration === metadata.generation) return;
  const reason = "NotSupported";
  const conditions = setConditions(
    status?.conditions ?? [],
    ["Progressing", "Succeeded"].map((type) => ({ type, status: "False", reason, message: MESSAGE })),
    { now: now(), generation: metadata.generation },
  );
  events.record(upgrade, { type: "Warning", reason, message: MESSAGE });
  await client.patch(
    perconaPGUpgrades as Kind,
    { namespace: metadata.namespace, name: metadata.name },
    { type: "merge", body: { status: { ...status, conditions, observedGeneration: metadata.generation } } },
    { subresource: "status", signal },
  );
}
