/** Growing a bound claim's volume while it is in use. Pure. A local volume is a folder, so only the figures change. */
import { type Action, type Plan, refOf, regarding, SETTLED } from "../execution/actions.ts";
import { parseQuantity, quantity } from "../objects/quantity.ts";
import { timestamp } from "../objects/time.ts";
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimCondition } from "../objects/types.ts";
import type { ClaimView } from "./claim-plan.ts";
import { PROVISIONED_BY, PROVISIONER } from "./names.ts";
import { mebibytes } from "./provisioning.ts";

/** How soon a refused growth is looked at again. */
const RETRY_MS = 15_000;
const RESIZE_CONDITIONS = ["Resizing", "FileSystemResizePending", "ControllerResizeError", "NodeResizeError"];

/** Steps: say that it is being resized, write the volume's new size, write the claim's. Each is seen before the next. */
export function planExpansion(view: ClaimView, volume: PersistentVolume): Plan {
  const { claim, classes, freeBytes } = view;
  const wantedText = claim.spec?.resources?.requests?.["storage"];
  const wanted = parseQuantity(wantedText);
  const have = quantity(claim.status?.capacity?.["storage"]);
  const size = quantity(volume.spec?.capacity?.["storage"]);
  if (wanted === undefined || wantedText === undefined) return SETTLED;
  if (wanted <= have) return { actions: clearConditions(claim) };
  if (volume.metadata.annotations?.[PROVISIONED_BY] !== PROVISIONER) return SETTLED;

  const name = volume.spec?.storageClassName ?? "";
  if (classes.get(name)?.allowVolumeExpansion !== true) {
    return refuse(view, `storage class "${name}" does not allow volume expansion`);
  }
  if (wanted - size > freeBytes) {
    return refuse(view, `no room: ${mebibytes(wanted - size)} more wanted, ${mebibytes(freeBytes)} free`);
  }
  if (size < wanted) {
    const { uid, resourceVersion } = volume.metadata;
    const body = {
      metadata: { uid, resourceVersion },
      spec: { capacity: { ...volume.spec?.capacity, storage: wantedText } },
    };
    return {
      actions: [
        ...conditionAction(view, { type: "Resizing", status: "True" }),
        { type: "patch", kind: "PersistentVolume", ref: refOf(volume), body },
      ],
    };
  }
  const { conditions = [], ...rest } = claim.status ?? {};
  const left = conditions.filter((condition) => !RESIZE_CONDITIONS.includes(condition.type));
  const status = {
    ...rest,
    capacity: { ...rest.capacity, storage: volume.spec?.capacity?.["storage"] ?? wantedText },
    ...(left.length === 0 ? {} : { conditions: left }),
  };
  const message = "Resize of the volume succeeded";
  return {
    actions: [
      { type: "status", kind: "PersistentVolumeClaim", object: { ...claim, status } as PersistentVolumeClaim },
      { type: "event", regarding: about(claim), level: "Normal", reason: "FileSystemResizeSuccessful", message },
    ],
  };
}

function refuse(view: ClaimView, message: string): Plan {
  const { claim } = view;
  const condition = { type: "ControllerResizeError", status: "True", reason: "Refused", message };
  const event: Action = {
    type: "event",
    regarding: about(claim),
    level: "Warning",
    reason: "VolumeResizeFailed",
    message,
  };
  return { actions: [...conditionAction(view, condition), event], requeueAfterMs: RETRY_MS };
}

function conditionAction(
  { claim, now }: ClaimView,
  wanted: { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string },
): readonly Action[] {
  const conditions = claim.status?.conditions ?? [];
  const before = conditions.find((condition) => condition.type === wanted.type);
  if (before?.status === wanted.status && before.message === wanted.message) return [];
  const next: PersistentVolumeClaimCondition = { ...wanted, lastTransitionTime: timestamp(now) };
  const others = conditions.filter((condition) => !RESIZE_CONDITIONS.includes(condition.type));
  return [conditionsPatch(claim, [...others, next])];
}

function clearConditions(claim: PersistentVolumeClaim): readonly Action[] {
  const conditions = claim.status?.conditions ?? [];
  const left = conditions.filter((condition) => !RESIZE_CONDITIONS.includes(condition.type));
  return left.length === conditions.length ? [] : [conditionsPatch(claim, left)];
}

function conditionsPatch(claim: PersistentVolumeClaim, conditions: readonly PersistentVolumeClaimCondition[]): Action {
  const body = { metadata: { uid: claim.metadata.uid }, status: { conditions } };
  return { type: "patch", kind: "PersistentVolumeClaim", ref: refOf(claim), body, subresource: "status" };
}

function about(claim: PersistentVolumeClaim) {
  return regarding("v1", "PersistentVolumeClaim", claim);
}
