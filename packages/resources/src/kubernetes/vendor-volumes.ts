/** Volume sources that belong to one vendor or one storage system. Most are served by CSI drivers today; manifests still name them. */
import { Type } from "typebox";
import { atomicList, boolean, int32, object, optional, string, stringMap } from "../schema/builders.ts";
import { localObjectReference } from "./selectors.ts";

const text = optional(string());
const flag = optional(boolean());
const secretRef = optional(localObjectReference);
const withDefault = (value: string) => optional(string({ default: value }));

export const vendorVolumes = {
  awsElasticBlockStore: optional(
    object({ fsType: text, partition: optional(int32()), readOnly: flag, volumeID: string() }),
  ),
  azureDisk: optional(
    object({
      cachingMode: text,
      diskName: string(),
      diskURI: string(),
      fsType: withDefault("ext4"),
      kind: text,
      readOnly: optional(Type.Boolean({ default: false })),
    }),
  ),
  azureFile: optional(object({ readOnly: flag, secretName: string(), shareName: string() })),
  cephfs: optional(
    object({
      monitors: atomicList(string()),
      path: text,
      readOnly: flag,
      secretFile: text,
      secretRef,
      user: text,
    }),
  ),
  cinder: optional(object({ fsType: text, readOnly: flag, secretRef, volumeID: string() })),
  fc: optional(
    object({
      fsType: text,
      lun: optional(int32()),
      readOnly: flag,
      targetWWNs: optional(atomicList(string())),
      wwids: optional(atomicList(string())),
    }),
  ),
  flexVolume: optional(
    object({ driver: string(), fsType: text, options: optional(stringMap()), readOnly: flag, secretRef }),
  ),
  flocker: optional(object({ datasetName: text, datasetUUID: text })),
  gcePersistentDisk: optional(object({ fsType: text, partition: optional(int32()), pdName: string(), readOnly: flag })),
  gitRepo: optional(object({ directory: text, repository: string(), revision: text })),
  glusterfs: optional(object({ endpoints: string(), path: string(), readOnly: flag })),
  iscsi: optional(
    object({
      chapAuthDiscovery: flag,
      chapAuthSession: flag,
      fsType: text,
      initiatorName: text,
      iqn: string(),
      iscsiInterface: withDefault("default"),
      lun: int32(),
      portals: optional(atomicList(string())),
      readOnly: flag,
      secretRef,
      targetPortal: string(),
    }),
  ),
  photonPersistentDisk: optional(object({ fsType: text, pdID: string() })),
  portworxVolume: optional(object({ fsType: text, readOnly: flag, volumeID: string() })),
  quobyte: optional(
    object({ group: text, readOnly: flag, registry: string(), tenant: text, user: text, volume: string() }),
  ),
  rbd: optional(
    object({
      fsType: text,
      image: string(),
      keyring: withDefault("/etc/ceph/keyring"),
      monitors: atomicList(string()),
      pool: withDefault("rbd"),
      readOnly: flag,
      secretRef,
      user: withDefault("admin"),
    }),
  ),
  scaleIO: optional(
    object({
      fsType: withDefault("xfs"),
      gateway: string(),
      protectionDomain: text,
      readOnly: flag,
      secretRef: localObjectReference,
      sslEnabled: flag,
      storageMode: withDefault("ThinProvisioned"),
      storagePool: text,
      system: string(),
      volumeName: text,
    }),
  ),
  storageos: optional(object({ fsType: text, readOnly: flag, secretRef, volumeName: text, volumeNamespace: text })),
  vsphereVolume: optional(
    object({ fsType: text, storagePolicyID: text, storagePolicyName: text, volumePath: string() }),
  ),
};
