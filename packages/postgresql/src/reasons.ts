/** Every reason with which this package says that a specification cannot be followed, with a line of help. */
const reasons = {
  UnknownVersion: "The version is not in the catalogue and no image is given for it.",
  ImageWithoutTools: "The image lacks a program that an instance needs.",
  ImageVersionMismatch: "The image has another PostgreSQL than spec.postgresVersion says.",
  ImageCannotBePulled: "Kubernetes cannot pull the image.",
  DataVersionMismatch: "The data on the volume belong to another major version.",
  WaitsForPrimary: "The data on the volume are from before a restore, and no instance leads that could be copied.",
  RestoreUnfinished: "A restore has begun on the volume and has not ended.",
  StorageClassNotFound: "The storage class does not exist.",
  VolumeShrinkRefused: "A volume cannot become smaller.",
  VolumeResizeFailed: "The storage refuses the change.",
  SecretNotFound: "A Secret that the specification names does not exist.",
  SecretInvalid: "A Secret that the specification names lacks a key or has an unusable value.",
  ConfigMapNotFound: "A ConfigMap that the specification names does not exist.",
  ConfigMapInvalid: "A ConfigMap that the specification names lacks a key.",
  SecretNotOurs: "A Secret of the name that the cluster needs exists already and is somebody else's.",
  InitSqlFailed: "The SQL of databaseInitSQL cannot be run.",
  ParameterRefused: "PostgreSQL does not accept a parameter.",
  InvalidParameter: "A parameter contradicts what the cluster relies on.",
  InvalidBackupRepo: "The repository is not described completely.",
  InvalidUser: "A user's name, options or Secret cannot be used.",
  MisconfiguredClusterIP: "A node port needs a Service of type NodePort or LoadBalancer.",
  InvalidInstanceSet: "An instance set cannot be made as described.",
  UnsupportedFeature: "The feature is not supported by this version of Keelson.",
  RepositoryOfAnotherCluster: "The repository holds backups of another database.",
  DataAdopted: "The volumes hold data of an earlier cluster of this name.",
  BackupRemovalNotAuthorized: "Turning backups off removes them, which has to be confirmed.",
  UnknownCluster: "There is no cluster of this name in the namespace.",
  UnknownRepo: "The cluster has no repository of this name.",
  UnknownBackup: "The repository holds no backup of this name.",
  TargetOutsideWindow: "The target lies outside of what can be restored.",
  InvalidOptions: "The options are not allowed here.",
  JobRefused: "Kubernetes does not accept the Job.",
  BackupsDisabled: "The cluster has no backups.",
} as const;

export type Reason = keyof typeof reasons;

export const isReason = (word: string): word is Reason => word in reasons;

/** Something in the specification that is not done. What runs already is left alone. */
export interface Problem {
  readonly reason: Reason;
  /** Path in the resource, such as `spec.instances[0].dataVolumeClaimSpec`. */
  readonly field: string;
  /** What is wrong and what to do, as one or two sentences. */
  readonly message: string;
}

export const problem = (reason: Reason, field: string, message: string): Problem => ({ reason, field, message });

/** The problem as people read it in conditions and events. */
export const problemText = (p: Problem): string => `${p.field}: ${p.message}`;
