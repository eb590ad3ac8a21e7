/**
 * The backup that a replica is made from. The newest one may be of a timeline that was left behind, for instance one that still ran at the moment to which
 * a restore went back: a replica made from it has records that the primary never had, and cannot follow it.
 */
import { type Ask, chooseBackup } from "./choose-backup.ts";

interface Cluster {
  readonly members?: readonly { readonly role?: string; readonly timeline?: number }[];
}

/** The timeline of the leader in Patroni's answer to `GET /cluster`. */
export function leaderTimeline(answer: string): number | undefined {
  const { members = [] } = JSON.parse(answer) as Cluster;
  return members.find(({ role }) => role === "leader" || role === "standby_leader")?.timeline;
}

/**
 * Repository and label of the newest sound backup that the leader's timeline goes through, in the first repository that has one. Undefined when
 * none has: then a copy of the primary is the way. Rejects when pgBackRest does, also while the timeline's history is not archived yet.
 */
export async function replicaBackup(
  timeline: number | undefined,
  ask: Ask,
): Promise<{ readonly repo: number; readonly label: string } | undefined> {
  const stanzas = JSON.parse(await ask(["info", "--output=json"])) as { readonly repo?: readonly { key: number }[] }[];
  const target = timeline === undefined ? [] : [`--target-timeline=${timeline}`];
  for (const { key } of stanzas[0]?.repo ?? []) {
    const label = await chooseBackup([`--repo=${key}`, ...target], ask);
    if (label !== undefined) return { repo: key, label };
  }
  return undefined;
}
