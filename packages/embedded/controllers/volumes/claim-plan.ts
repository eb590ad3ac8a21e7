/** What a claim needs done next: a class, a volume, its binding, more room. Pure. */
import { type Action, type Plan, refOf, regarding, SETTLED } from "../execution/actions.ts";
import { sameMeaning } from "../objects/canonical.ts";
import { isTerminating } from "../objects/pod-state.ts";
import type { Millis, Node, PersistentVolume, PersistentVolumeClaim, StorageClass } from "../objects/types.ts";
import { SELECTED_NODE } from "../scheduler/volumes.ts";
import { planExpansion } from "./expansion.ts";
import { matchingVolume } from "./matching.ts";
import { BIND_COMPLETED, BOUND_BY_CONTROLLER, IS_DEFAULT, PROVISIONER, STORAGE_PROVISIONER } from "./names.ts";
import { planProvisioning } from "./provisioning.ts";

/** Everything the decision depends on. */
export interface ClaimView {
  readonly claim: PersistentVolumeClaim;
  readonly volumes: ReadonlyMap<string, PersistentVolume>;
  readonly classes: ReadonlyMap<string, StorageClass>;
  readonly nodes: ReadonlyMap<string, Node>;
  /** Free bytes of the disk that local volumes are on. */
  readonly freeBytes: number;
  /** Folder that local volumes are made in. */
  readonly volumesDir: string;
  readonly now: Millis;
}

/** How soon a refused claim is looked at again: disk room comes back without an event. */
const RETRY_MS = 15_000;

/** The next step for a claim. */
export function planClaim(view: ClaimView): Plan {
  const { claim, volumes } = view;
  if (isTerminating(claim)) return SETTLED;
  const name = claim.spec?.volumeName;
  if (name !== undefined && name !== "" && claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) {
    return planBound(view, volumes.get(name));
  }
  if (claim.status?.phase === undefined) return { actions: [phaseAction(claim, { phase: "Pending" })] };
  return planPending(view);
}

function planPending(view: ClaimView): Plan {
  const { claim, volumes, classes, nodes } = view;
  const className = claim.spec?.storageClassName;
  if (className === undefined && (claim.spec?.volumeName ?? "") === "") {
    const fallback = defaultClass(classes.values());
    if (fallback !== undefined) return { actions: [assignClass(claim, fallback)] };
  }
  const storageClass = classes.get(className ?? "");
  const selected = claim.metadata.annotations?.[SELECTED_NODE];
  const node = selected === undefined ? undefined : nodes.get(selected);
  if (selected !== undefined && node === undefined) return { actions: [forgetNode(claim)] };

  const waits = storageClass?.volumeBindingMode === "WaitForFirstConsumer" && selected === undefined;
  const existing =
    waits && (claim.spec?.volumeName ?? "") === "" ? reservedOnly(view) : matchingVolume(claim, volumes.values(), node);
  if (existing !== undefined) return { actions: bindActions(claim, existing) };

  if ((claim.spec?.volumeName ?? "") !== "") return SETTLED;
  if (className === undefined || className === "") {
    return tell(claim, "Normal", [
      "FailedBinding",
      "no persistent volumes available for this claim and no storage class is set",
    ]);
  }
  if (storageClass === undefined) {
    return tell(claim, "Warning", ["ProvisioningFailed", `storageclass.storage.k8s.io "${className}" not found`]);
  }
  if (waits)
    return tell(claim, "Normal", ["WaitForFirstConsumer", "waiting for first consumer to be created before binding"]);
  if (storageClass.provisioner !== PROVISIONER) return awaitOthers(claim, storageClass.provisioner);
  const provisioning = planProvisioning({ ...view, storageClass, node });
  return provisioning.type === "refused"
    ? { ...tell(claim, "Warning", ["ProvisioningFailed", provisioning.message]), requeueAfterMs: RETRY_MS }
    : { actions: provisioning.actions };
}

/** A claim that waits for its consumer still takes a volume that somebody kept for it. */
function reservedOnly({ claim, volumes }: ClaimView): PersistentVolume | undefined {
  const kept = [...volumes.values()].filter((volume) => volume.spec?.claimRef !== undefined);
  return matchingVolume(claim, kept, undefined);
}

/** The newest class that is marked as default. */
function defaultClass(classes: Iterable<StorageClass>): StorageClass | undefined {
  const age = ({ metadata }: StorageClass) => metadata.creationTimestamp ?? "";
  return [...classes]
    .filter((each) => each.metadata.annotations?.[IS_DEFAULT] === "true")
    .sort((a, b) => (age(a) > age(b) ? -1 : 1))[0];
}

function assignClass(claim: PersistentVolumeClaim, storageClass: StorageClass): Action {
  const body = { metadata: { uid: claim.metadata.uid }, spec: { storageClassName: storageClass.metadata.name } };
  return { type: "patch", kind: "PersistentVolumeClaim", ref: refOf(claim), body };
}

/** The node is gone: the scheduler chooses another. */
function forgetNode(claim: PersistentVolumeClaim): Action {
  const body = { metadata: { uid: claim.metadata.uid, annotations: { [SELECTED_NODE]: null } } };
  return { type: "patch", kind: "PersistentVolumeClaim", ref: refOf(claim), body };
}

/** First the volume is given to the claim, then the claim to the volume: a crash between leaves a reserved volume, never a shared one. */
function bindActions(claim: PersistentVolumeClaim, volume: PersistentVolume): readonly Action[] {
  const { namespace, name, uid } = claim.metadata;
  const reserved = volume.spec?.claimRef;
  const actions: Action[] = [];
  if (reserved?.uid !== uid) {
    const claimRef = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid };
    const annotations = reserved === undefined ? { [BOUND_BY_CONTROLLER]: "yes" } : {};
    const metadata = { uid: volume.metadata.uid, resourceVersion: volume.metadata.resourceVersion, annotations };
    actions.push({
      type: "patch",
      kind: "PersistentVolume",
      ref: refOf(volume),
      body: { metadata, spec: { claimRef } },
    });
  }
  const chosen = (claim.spec?.volumeName ?? "") === "" ? { [BOUND_BY_CONTROLLER]: "yes" } : {};
  const metadata = { uid, annotations: { [BIND_COMPLETED]: "yes", ...chosen } };
  const body = { metadata, spec: { volumeName: volume.metadata.name } };
  actions.push({ type: "patch", kind: "PersistentVolumeClaim", ref: refOf(claim), body });
  return actions;
}

function planBound(view: ClaimView, volume: PersistentVolume | undefined): Plan {
  const { claim } = view;
  if (volume === undefined || volume.spec?.claimRef?.uid !== claim.metadata.uid) {
    if (claim.status?.phase === "Lost") return SETTLED;
    const message = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
    return { actions: [phaseAction(claim, { phase: "Lost" }), eventAction(claim, "Warning", ["ClaimLost", message])] };
  }
  const { accessModes, capacity } = volume.spec ?? {};
  if (claim.status?.phase !== "Bound") {
    const status = {
      phase: "Bound",
      ...(accessModes === undefined ? {} : { accessModes }),
      ...(capacity === undefined ? {} : { capacity }),
    };
    return sameMeaning(status, claim.status) ? SETTLED : { actions: [phaseAction(claim, status)] };
  }
  return planExpansion(view, volume);
}

function phaseAction(claim: PersistentVolumeClaim, status: NonNullable<PersistentVolumeClaim["status"]>): Action {
  return { type: "status", kind: "PersistentVolumeClaim", object: { ...claim, status } as PersistentVolumeClaim };
}

function awaitOthers(claim: PersistentVolumeClaim, provisioner: string): Plan {
  const annotation = "volume.beta.kubernetes.io/storage-provisioner";
  const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
  const event = eventAction(claim, "Normal", ["ExternalProvisioning", message]);
  if (claim.metadata.annotations?.[STORAGE_PROVISIONER] === provisioner) return SETTLED;
  const metadata = {
    uid: claim.metadata.uid,
    annotations: { [STORAGE_PROVISIONER]: provisioner, [annotation]: provisioner },
  };
  return { actions: [{ type: "patch", kind: "PersistentVolumeClaim", ref: refOf(claim), body: { metadata } }, event] };
}

function tell(
  claim: PersistentVolumeClaim,
  level: "Normal" | "Warning",
  text: readonly [reason: string, message: string],
): Plan {
  return { actions: [eventAction(claim, level, text)] };
}

function eventAction(
  claim: PersistentVolumeClaim,
  level: "Normal" | "Warning",
  [reason, message]: readonly [reason: string, message: string],
): Action {
  return { type: "event", regarding: regarding("v1", "PersistentVolumeClaim", claim), level, reason, message };
}
