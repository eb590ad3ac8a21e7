/** Claims, volumes and their classes. */
import { defaultClaim, defaultCsiDriver, defaultStorageClass, defaultVolumeObject } from "../defaults/others.ts";
import type { Rules } from "../registry/resource.ts";
import {
  claimProblems,
  claimUpdateProblems,
  storageClassProblems,
  storageClassUpdateProblems,
  volumeProblems,
  volumeUpdateProblems,
} from "../validation/storage.ts";

export const claimRules: Rules = {
  defaults: defaultClaim,
  initialStatus: () => ({ phase: "Pending" }),
  validate: claimProblems,
  validateUpdate: claimUpdateProblems,
};

export const volumeRules: Rules = {
  defaults: defaultVolumeObject,
  initialStatus: () => ({ phase: "Pending" }),
  validate: volumeProblems,
  validateUpdate: volumeUpdateProblems,
};

export const storageClassRules: Rules = {
  defaults: defaultStorageClass,
  validate: storageClassProblems,
  validateUpdate: storageClassUpdateProblems,
};

export const csiDriverRules: Rules = { generation: true, defaults: defaultCsiDriver, unconditionalUpdate: false };
