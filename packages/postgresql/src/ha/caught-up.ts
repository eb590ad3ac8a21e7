/** Whether a replica is what the cluster counts on it for. Pure. */
import type { PgCluster } from "../cluster/model.ts";
import { instancePod } from "../cluster/names.ts";
import { type Instance, primaryOf, synchronousMembers, type View } from "../cluster/view.ts";
import { dynamicConfig } from "./dynamic-config.ts";

/** True for a replica that runs and gets the primary's log as it is written. */
export const streams = ({ ready, member }: Instance): boolean =>
  ready && member.state === "running" && (member.replication_state ?? "streaming") === "streaming";

/**
 * True for the primary, and for a replica that runs and follows it: one of those that commits wait for where that is all of them
 * (quorum), else one that streams. `Ready` says less: an instance is ready as soon as it answers queries, with whatever it has.
 */
export function isCaughtUp(c: PgCluster, view: View, instance: Instance): boolean {
  if (instance.name === primaryOf(view)?.name) return true;
  const synchronous = synchronousMembers(view);
  if (synchronous !== undefined && dynamicConfig(c)["synchronous_mode"] === "quorum") {
    return instance.ready && instance.member.state === "running" && synchronous.includes(instancePod(instance.name));
  }
  return streams(instance);
}
