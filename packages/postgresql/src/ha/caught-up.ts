/** Whether a replica is what the cluster counts on it for. Pure. */
import type { PgCluster } from "../cluster/model.ts";
import { instancePod } from "../cluster/names.ts";
import { type Instance, primaryOf, synchronousMembers, type View } from "../cluster/view.ts";
import { dynamicConfig } from "./dynamic-config.ts";

/**
 * True for the primary, and for a replica that runs and follows it: one of those that commits wait for where that is all of them
 * (quorum), else one that streams. `Ready` says less: an instance is ready as soon as it answers queries, with whatever it has.
 */
export function isCaughtUp(c: PgCluster, view: View, instance: Instance): boolean {
  if (instance.name === primaryOf(view)?.name) return true;
  if (!instance.ready || instance.member.state !== "running") return false;
  const synchronous = synchronousMembers(view);
  if (synchronous !== undefined && dynamicConfig(c)["synchronous_mode"] === "quorum") {
    return synchronous.includes(instancePod(instance.name));
  }
  return (instance.member.replication_state ?? "streaming") === "streaming";
}
