/** Events of `events.k8s.io/v1` are stored as core `v1` Events: the same facts under other names. */
import { isObject, type KubeObject } from "../types.ts";

const renames: readonly (readonly [stored: string, shown: string])[] = [
  ["message", "note"],
  ["involvedObject", "regarding"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

export const coreEventConversion = {
  apiVersion: "v1",
  toStored(event: KubeObject): void {
    for (const [stored, shown] of renames) rename(event, shown, stored);
    const related = event["series"];
    if (isObject(related) && related["lastObservedTime"] === undefined) delete related["lastObservedTime"];
  },
  fromStored(event: KubeObject): void {
    for (const [stored, shown] of renames) rename(event, stored, shown);
  },
};

function rename(object: KubeObject, from: string, to: string): void {
  if (object[from] === undefined) return;
  object[to] = object[from];
  delete object[from];
}
