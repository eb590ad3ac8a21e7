/** Words of the volume controllers. */
export const PROVISIONER = "keelson.dev/local";
/** Name of the default class. */
export const DEFAULT_CLASS = "keelson-local";
export const IS_DEFAULT = "storageclass.kubernetes.io/is-default-class";
export const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
export const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
export const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
export const STORAGE_PROVISIONER = "volume.kubernetes.io/storage-provisioner";
export const CLAIM_PROTECTION = "kubernetes.io/pvc-protection";
export const VOLUME_PROTECTION = "kubernetes.io/pv-protection";
