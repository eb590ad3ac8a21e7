/** The restore that the cluster's data come from, read from what the operator itself has written about its restores. Pure. */

import { fallbackJobName, restoreId } from "../restore/job.ts";
import { FAILURE, INSTANCE, STEP, UNTOUCHED } from "../restore/plan-restore.ts";
import type { PgCluster } from "./model.ts";
import * as names from "./names.ts";
import type { View } from "./view.ts";

export interface Restored {
  /** The mark that this restore leaves on volumes. */
  readonly id: string;
  /** The instance that was restored; the others are to copy it. */
  readonly instance: string;
  /** Milliseconds since 1970 at which all instances stood still for it. */
  readonly at: number;
}

/**
 * The newest restore after which instances were started. Not taken from an annotation of the cluster: that comes along with a manifest
 * that is applied again, or in another place, and instances would throw data away that are newer.
 */
export function restoredData(c: PgCluster, view: View): Restored | undefined {
  const started = view.restores.flatMap((restore): Restored[] => {
    const annotations = restore.metadata.annotations ?? {};
    const { state = "", completed } = restore.status ?? {};
    const instance = annotations[INSTANCE];
    if (annotations[STEP] !== "starting" || annotations[UNTOUCHED] !== undefined || instance === undefined) return [];
    // A Job can be complete before its running was noted, so `Starting` counts as well; without a state nothing has begun.
    if (state === "") return [];
    const back = annotations[FAILURE] !== undefined;
    const job = view.jobs.get(back ? fallbackJobName(c) : names.restoreJob(c));
    // A restore waits for its turn, so the Job's beginning says more than the resource's own.
    const at = Date.parse(completed ?? job?.metadata.creationTimestamp ?? restore.metadata.creationTimestamp);
    return [{ id: back ? `${restoreId(restore)}-back` : restoreId(restore), instance, at }];
  });
  return started.sort((a, b) => b.at - a.at)[0];
}

/** What one instance is told of it. */
export interface RestoredMark {
  readonly id: string;
  /** Set when the volume was there before, so that its data may be older than the restore: milliseconds since 1970. */
  readonly at: number | undefined;
}

export function restoredMark(restored: Restored | undefined, view: View, instance: string): RestoredMark | undefined {
  if (restored === undefined || restored.instance === instance) return undefined;
  const created = Date.parse(view.claims.get(names.dataVolume(instance))?.metadata.creationTimestamp ?? "");
  return { id: restored.id, at: created < restored.at ? restored.at : undefined };
}
