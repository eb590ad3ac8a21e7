/** Volumes of an earlier cluster of this name: which of them has the newest data. Pure. */
import { type Problem, problem } from "../reasons.ts";
import { annotation, label } from "./labels.ts";
import type { PgCluster } from "./model.ts";
import { activeRestore, leaderLock, type View } from "./view.ts";

export interface DataVolume {
  /** Name of the claim. */
  readonly name: string;
  readonly instance: string;
  readonly set: string;
  /** Timeline on which it was the primary's last, 0 when it never was. */
  readonly reign: number;
  /** It may have data from before this cluster: it is older than the cluster's resource, or a primary has used it. */
  readonly inherited: boolean;
}

/** All data volumes of the cluster that are to stay, those first that were the primary's last. */
export function dataVolumes(view: View): DataVolume[] {
  const born = Date.parse(view.cr.metadata.creationTimestamp);
  return [...view.claims.values()]
    .flatMap(({ metadata, status }) => {
      const instance = metadata.labels?.[label.instance] ?? "";
      if (metadata.deletionTimestamp !== undefined || metadata.labels?.[label.role] !== "pgdata" || instance === "")
        return [];
      const set = metadata.labels[label.instanceSet] ?? "";
      const reign = Math.max(0, Number(metadata.annotations?.[annotation.reign]) || 0);
      // A claim that was never bound has no volume, and so no data.
      const inherited = reign > 0 || (Date.parse(metadata.creationTimestamp) < born && status?.phase !== "Pending");
      return [{ name: metadata.name, instance, set, reign, inherited }];
    })
    .sort((a, b) => b.reign - a.reign || (a.name < b.name ? -1 : 1));
}

export interface Inheritance {
  /** The instance whose volume has the newest data: it has to lead before any other starts, or theirs would win. */
  readonly heir?: string;
  /** Nothing starts, because it is not known whose data count. */
  readonly problem?: Problem;
}

/**
 * Who may lead first in a cluster that finds volumes of an earlier one. Once somebody has led, Patroni remembers better than the
 * volumes do; during a restore the restored instance leads.
 */
export function inheritance(c: PgCluster, view: View): Inheritance {
  const hasLed = leaderLock(view).acquiredAt >= Date.parse(view.cr.metadata.creationTimestamp);
  if (hasLed || activeRestore(view) !== undefined) return {};
  const [first, ...others] = dataVolumes(view).filter((volume) => volume.inherited);
  if (first === undefined) return {};
  const equal = others.filter((volume) => volume.reign === first.reign);
  if (equal.length > 0) {
    const list = [first, ...equal].map((volume) => volume.name).join(", ");
    return refuse(
      `Volumes ${list} are from an earlier cluster of this name, and nothing says which of them has the newest data. No instance starts until you say so: kubectl annotate pvc NAME --overwrite ${annotation.reign}=${first.reign + 1}, with the NAME of the one that is to become primary, or delete those that are not needed.`,
    );
  }
  if (!c.sets.some((set) => set.name === first.set)) {
    return refuse(
      `Volume ${first.name} has the newest data of an earlier cluster of this name, and belongs to instance set ${first.set}, which is not in the specification. No instance starts without it: name a set ${first.set}, or delete the volume if its data are not needed.`,
    );
  }
  return { heir: first.instance };
}

const refuse = (message: string): Inheritance => ({ problem: problem("DataAdopted", "spec.instances", message) });
