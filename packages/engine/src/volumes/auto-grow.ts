/** Volumes that grow by themselves before they are full. Pure. */
import { compareQuantities, wholeUnits } from "../quantity/quantity.ts";

/** A volume grows when more than this share of it is used. Source: the contract. */
export const GROW_ABOVE = 0.75;

/** It becomes this much larger. Source: the contract. */
export const GROW_FACTOR = 1.5;

const MEBIBYTE = 1024 ** 2;

export interface VolumeUse {
  readonly usedBytes: number;
  readonly capacityBytes: number;
  /** The storage request of the claim. */
  readonly requested: string;
  /** How far it may grow: the storage limit of the claim in the cluster's specification. Without it it does not grow. */
  readonly limit: string | undefined;
}

export type AutoGrow =
  | { readonly type: "enough" }
  | { readonly type: "grow"; readonly to: string }
  /** It should grow and may not. */
  | { readonly type: "limitReached" };

/** The new request in whole Mi, never above the limit and never below what is requested now. */
export function autoGrow({ usedBytes, capacityBytes, requested, limit }: VolumeUse): AutoGrow {
  if (limit === undefined || capacityBytes <= 0 || usedBytes / capacityBytes <= GROW_ABOVE) return { type: "enough" };
  if (compareQuantities(requested, limit) >= 0) return { type: "limitReached" };
  // A growth that was asked for and has not come through yet counts as grown.
  if (wholeUnits(requested) > capacityBytes * 1.05) return { type: "enough" };
  const to = `${Math.ceil((wholeUnits(requested) * GROW_FACTOR) / MEBIBYTE)}Mi`;
  return { type: "grow", to: compareQuantities(to, limit) > 0 ? limit : to };
}
