/** What a PersistentVolume needs done next: its phase, and its end when its claim is gone. Pure. */
import { type Action, type Plan, refOf, SETTLED } from "../execution/actions.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../objects/types.ts";
import { PROVISIONED_BY, PROVISIONER, VOLUME_PROTECTION } from "./names.ts";
import { volumePath } from "./provisioning.ts";

/** Everything the decision depends on. */
export interface VolumeView {
  readonly volume: PersistentVolume;
  /** The claim of the name in `spec.claimRef`, if there is one. */
  readonly claim: PersistentVolumeClaim | undefined;
  readonly volumesDir: string;
}

/** The next step for a volume. Data is removed only with policy Delete, and only when the claim is gone for certain. */
export function planVolume({ volume, claim, volumesDir }: VolumeView): Plan {
  const reference = volume.spec?.claimRef;
  const deleting = volume.metadata.deletionTimestamp !== undefined;
  if (reference === undefined) return deleting ? { actions: release(volume) } : phase(volume, "Available");
  const owned =
    claim !== undefined &&
    (reference.uid === undefined || reference.uid === "" || claim.metadata.uid === reference.uid);
  if (owned)
    return claim.spec?.volumeName === volume.metadata.name ? phase(volume, "Bound") : phase(volume, "Available");
  // Kept by hand for a claim that is yet to come.
  if (reference.uid === undefined || reference.uid === "")
    return deleting ? { actions: release(volume) } : phase(volume, "Available");
  if (deleting && volume.spec?.persistentVolumeReclaimPolicy !== "Delete") return { actions: release(volume) };

  const ours = volume.metadata.annotations?.[PROVISIONED_BY] === PROVISIONER;
  if (volume.spec?.persistentVolumeReclaimPolicy !== "Delete" || !ours) {
    return deleting ? { actions: release(volume) } : phase(volume, "Released");
  }
  if (volume.status?.phase !== "Released") return phase(volume, "Released");
  const path = volumePath(volumesDir, volume.metadata.name ?? "");
  // Only a folder that we made: a path that somebody wrote into the object is none of our business.
  const made: readonly Action[] =
    volume.spec.local?.path === path
      ? [
          {
            type: "removeDirectory",
            path,
            onlyWithout: {
              kind: "PersistentVolumeClaim",
              ref: { namespace: reference.namespace, name: reference.name ?? "" },
              uid: reference.uid,
            },
            report: {
              regarding: {
                apiVersion: "v1",
                kind: "PersistentVolume",
                name: volume.metadata.name ?? "",
                uid: volume.metadata.uid ?? "",
              },
              failed: { reason: "VolumeFailedDelete", message: "{error}" },
            },
          },
        ]
      : [];
  const remove: Action = { type: "delete", kind: "PersistentVolume", ref: refOf(volume), uid: volume.metadata.uid };
  return { actions: [...made, ...(deleting ? [] : [remove]), ...(deleting ? release(volume) : [])] };
}

function phase(volume: PersistentVolume, wanted: string): Plan {
  if (volume.status?.phase === wanted) return SETTLED;
  const body = { metadata: { uid: volume.metadata.uid }, status: { phase: wanted } };
  return { actions: [{ type: "patch", kind: "PersistentVolume", ref: refOf(volume), body, subresource: "status" }] };
}

/** Lets a deleted volume go. */
function release(volume: PersistentVolume): readonly Action[] {
  const { uid, resourceVersion, finalizers = [] } = volume.metadata;
  if (!finalizers.includes(VOLUME_PROTECTION)) return [];
  const body = {
    metadata: { uid, resourceVersion, finalizers: finalizers.filter((each) => each !== VOLUME_PROTECTION) },
  };
  return [{ type: "patch", kind: "PersistentVolume", ref: refOf(volume), body }];
}
