/** Which existing volume can serve a claim. Pure. */
import { quantity } from "../objects/quantity.ts";
import { isEmptySelector, matchesNodeTerms, matchesSelector } from "../objects/selector.ts";
import type { Node, PersistentVolume, PersistentVolumeClaim } from "../objects/types.ts";

/** Whether the volume is kept for exactly this claim. */
export function isReservedFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const reference = volume.spec?.claimRef;
  if (reference === undefined) return false;
  if (reference.name !== claim.metadata.name || reference.namespace !== claim.metadata.namespace) return false;
  return reference.uid === undefined || reference.uid === "" || reference.uid === claim.metadata.uid;
}

/** The volume reserved for the claim, else the smallest free one that fits. `node` is where it will be used, once that is known. */
export function matchingVolume(
  claim: PersistentVolumeClaim,
  volumes: Iterable<PersistentVolume>,
  node: Node | undefined,
): PersistentVolume | undefined {
  const fitting = [...volumes].filter(
    (volume) => volume.metadata.deletionTimestamp === undefined && fits(claim, volume, node),
  );
  const reserved = fitting.find((volume) => isReservedFor(volume, claim));
  if (reserved !== undefined) return reserved;
  const size = (volume: PersistentVolume) => quantity(volume.spec?.capacity?.["storage"]);
  return fitting
    .filter((volume) => volume.spec?.claimRef === undefined && volume.status?.phase === "Available")
    .sort((a, b) => size(a) - size(b) || ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1))[0];
}

/** The storage that a claim asks for, in bytes. */
export function requestedBytes(claim: PersistentVolumeClaim): number {
  return quantity(claim.spec?.resources?.requests?.["storage"]);
}

function fits(claim: PersistentVolumeClaim, volume: PersistentVolume, node: Node | undefined): boolean {
  const { spec } = claim;
  const named = spec?.volumeName !== undefined && spec.volumeName !== "";
  if (named && volume.metadata.name !== spec.volumeName) return false;
  if ((volume.spec?.storageClassName ?? "") !== (spec?.storageClassName ?? "")) return false;
  if ((volume.spec?.volumeMode ?? "Filesystem") !== (spec?.volumeMode ?? "Filesystem")) return false;
  if (!(spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode))) return false;
  if (quantity(volume.spec?.capacity?.["storage"]) < requestedBytes(claim)) return false;
  if (!isEmptySelector(spec?.selector) && !matchesSelector(spec?.selector, volume.metadata.labels)) return false;
  const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms;
  return node === undefined || terms === undefined || matchesNodeTerms(terms, node);
}
