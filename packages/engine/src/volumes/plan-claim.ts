/** What to do about one volume claim. Pure. */
import { compareQuantities, formatQuantity, type Live, type PersistentVolumeClaim, parseQuantity } from "@keelson/kube";

/** What to do about a claim; `apply` is what it should be, where something can be applied. */
export type ClaimPlan =
  /** Not there: apply it as wanted. */
  | { readonly type: "create"; readonly apply: PersistentVolumeClaim }
  /** There and large enough; apply keeps labels and annotations as wanted. */
  | { readonly type: "keep"; readonly apply: PersistentVolumeClaim; readonly problem?: ClaimProblem }
  /** There and too small: applying it asks for more. */
  | { readonly type: "grow"; readonly apply: PersistentVolumeClaim; readonly from: string; readonly to: string }
  /** On its way out: nothing can be applied until it is gone. */
  | { readonly type: "wait"; readonly problem: ClaimProblem };

/** What the user asked for and does not get. What runs goes on running. */
export interface ClaimProblem {
  readonly reason: "ShrinkRefused" | "ExpansionNotAllowed" | "FieldFixed" | "BeingDeleted";
  /** Names the claim, what was asked, and what can be done. */
  readonly message: string;
}

/** What is there, and what its class allows. */
export interface ClaimContext {
  readonly live: Live<PersistentVolumeClaim> | undefined;
  /** Whether the StorageClass allows growth; undefined when it is not known. */
  readonly expandable?: boolean | undefined;
}

/**
 * Claims can grow and nothing else: the API refuses every other change of a claim's spec. So what is applied to a living claim carries its own
 * values, except for a larger request, and a wish that can not be met becomes a problem instead of an API error in every reconcile.
 */
export function planClaim(wanted: PersistentVolumeClaim, { live, expandable }: ClaimContext): ClaimPlan {
  if (live === undefined) return { type: "create", apply: wanted };
  const name = live.metadata.name;
  if (live.metadata.deletionTimestamp !== undefined) {
    return {
      type: "wait",
      problem: {
        reason: "BeingDeleted",
        message: `volume claim ${name} is being deleted; it is made anew when it is gone`,
      },
    };
  }
  const [asked, has] = [storageRequest(wanted), storageRequest(live)];
  const order = asked === undefined || has === undefined ? 0 : compareQuantities(asked, has);
  if (order > 0 && asked !== undefined && has !== undefined && expandable !== false) {
    return { type: "grow", apply: claimToApply(wanted, live, asked), from: has, to: asked };
  }
  const apply = claimToApply(wanted, live, has);
  const problem = sizeProblem(name, { asked, has, order }) ?? fixedFieldProblem(wanted, live);
  return { type: "keep", apply, ...(problem && { problem }) };
}

/** The storage request, in canonical form. */
export function storageRequest(claim: PersistentVolumeClaim): string | undefined {
  const text = claim.spec?.resources?.requests?.["storage"];
  const parsed = text === undefined ? undefined : parseQuantity(text);
  return parsed === undefined ? undefined : formatQuantity(parsed);
}

function claimToApply(
  wanted: PersistentVolumeClaim,
  live: Live<PersistentVolumeClaim>,
  storage: string | undefined,
): PersistentVolumeClaim {
  const spec = Object.fromEntries(
    Object.entries(wanted.spec ?? {}).map(([field, value]) => [field, liveField(live, field) ?? value]),
  );
  const { limits } = live.spec?.resources ?? {};
  const requests = { ...live.spec?.resources?.requests, ...(storage === undefined ? {} : { storage }) };
  return { ...wanted, spec: { ...spec, resources: { ...(limits && { limits }), requests } } };
}

function liveField(live: PersistentVolumeClaim, field: string): unknown {
  return (live.spec as Readonly<Record<string, unknown>> | undefined)?.[field];
}

interface Sizes {
  readonly asked: string | undefined;
  readonly has: string | undefined;
  readonly order: number;
}

function sizeProblem(name: string, { asked, has, order }: Sizes): ClaimProblem | undefined {
  if (order < 0) {
    return {
      reason: "ShrinkRefused",
      message: `volume claim ${name} has ${has} and can not shrink to ${asked}: set the storage request to ${has} or more`,
    };
  }
  if (order > 0) {
    return {
      reason: "ExpansionNotAllowed",
      message: `volume claim ${name} can not grow from ${has} to ${asked}: its StorageClass does not have allowVolumeExpansion: true`,
    };
  }
  return undefined;
}

/** Fields that users change and that can not be changed. */
const FIXED = ["storageClassName", "accessModes", "volumeMode", "selector", "dataSource"] as const;

function fixedFieldProblem(wanted: PersistentVolumeClaim, live: Live<PersistentVolumeClaim>): ClaimProblem | undefined {
  const differing = FIXED.find((field) => {
    const value = wanted.spec?.[field];
    return value !== undefined && JSON.stringify(value) !== JSON.stringify(live.spec?.[field]);
  });
  if (differing === undefined) return undefined;
  const [asked, has] = [wanted.spec?.[differing], live.spec?.[differing]].map(
    (value) => JSON.stringify(value) ?? "none",
  );
  return {
    reason: "FieldFixed",
    message: `volume claim ${live.metadata.name} keeps ${differing} ${has}: it can not be changed to ${asked} on an existing volume`,
  };
}
