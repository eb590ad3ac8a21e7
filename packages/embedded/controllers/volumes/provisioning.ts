/** Making a local volume: a folder and the PersistentVolume that names it. Pure; names are derived, so that making it twice is making it once. */
import { type Action, regarding } from "../execution/actions.ts";
import { formatBytes } from "../objects/quantity.ts";
import type { Node, PersistentVolume, PersistentVolumeClaim, StorageClass } from "../objects/types.ts";
import { requestedBytes } from "./matching.ts";
import { PROVISIONED_BY, PROVISIONER, VOLUME_PROTECTION } from "./names.ts";

/** What is to be made, and where. */
export interface ProvisioningInput {
  readonly claim: PersistentVolumeClaim;
  readonly storageClass: StorageClass;
  /** Where the first consumer will run; undefined with immediate binding. */
  readonly node: Node | undefined;
  readonly freeBytes: number;
  readonly volumesDir: string;
}

/** Either the actions, or why not in a sentence. */
export type Provisioning =
  | { readonly type: "make"; readonly actions: readonly Action[] }
  | { readonly type: "refused"; readonly message: string };

/** Folder of a volume. */
export function volumePath(volumesDir: string, volumeName: string): string {
  return `${volumesDir}/${volumeName}`;
}

/** Plans the volume of a claim. */
export function planProvisioning(input: ProvisioningInput): Provisioning {
  const { claim, freeBytes } = input;
  if (claim.spec?.volumeMode === "Block")
    return refused(`class ${input.storageClass.metadata.name} makes file systems only; set volumeMode to Filesystem`);
  if (claim.spec?.dataSource !== undefined || claim.spec?.dataSourceRef !== undefined) {
    return refused(
      `class ${input.storageClass.metadata.name} cannot fill a volume from a data source; remove dataSource`,
    );
  }
  const wanted = requestedBytes(claim);
  if (wanted > freeBytes) {
    return refused(
      `no room: ${formatBytes(wanted)} wanted, ${mebibytes(freeBytes)} free on the disk of ${input.volumesDir}`,
    );
  }
  const volume = localVolume(input);
  const report = {
    regarding: regarding("v1", "PersistentVolumeClaim", claim),
    done: { reason: "ProvisioningSucceeded", message: `Successfully provisioned volume ${volume.metadata.name}` },
    failed: { reason: "ProvisioningFailed", message: "failed to provision volume: {error}" },
  };
  return {
    type: "make",
    actions: [
      {
        type: "makeDirectory",
        path: volumePath(input.volumesDir, volume.metadata.name ?? ""),
        report: {
          ...report,
          done: { reason: "Provisioning", message: `Volume ${volume.metadata.name} is being made by ${PROVISIONER}` },
        },
      },
      { type: "create", kind: "PersistentVolume", object: volume, ifExists: "ignore", report },
    ],
  };
}

/** Mebibytes for people. */
export function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)}Mi`;
}

function localVolume({ claim, storageClass, node, volumesDir }: ProvisioningInput): PersistentVolume {
  const { uid = "", namespace = "", name: claimName = "" } = claim.metadata;
  const name = `pvc-${uid}`;
  const hostname = node?.metadata.labels?.["kubernetes.io/hostname"];
  const term = { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [hostname ?? ""] }] };
  const { mountOptions } = storageClass;
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, annotations: { [PROVISIONED_BY]: PROVISIONER }, finalizers: [VOLUME_PROTECTION] },
    spec: {
      capacity: { storage: claim.spec?.resources?.requests?.["storage"] ?? "0" },
      accessModes: claim.spec?.accessModes ?? ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
      storageClassName: storageClass.metadata.name ?? "",
      volumeMode: "Filesystem",
      local: { path: volumePath(volumesDir, name) },
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name: claimName, uid },
      ...(mountOptions === undefined ? {} : { mountOptions }),
      ...(hostname === undefined ? {} : { nodeAffinity: { required: { nodeSelectorTerms: [term] } } }),
    },
  };
}

function refused(message: string): Provisioning {
  return { type: "refused", message };
}
