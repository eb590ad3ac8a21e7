/** Volume claims: made, grown, and never shrunk. */

import { planClaim } from "@keelson/engine";
import type { PersistentVolumeClaim } from "@keelson/kube";
import type { Action } from "../plan.ts";
import { type Problem, problem, type Reason } from "../reasons.ts";
import type { View } from "./view.ts";
import type { WantedClaim } from "./volumes.ts";

export interface VolumePlan {
  readonly actions: readonly Action[];
  readonly problems: readonly Problem[];
  /** Claims that are growing now. */
  readonly resizing: readonly string[];
}

const STORAGE = ".resources.requests.storage";

/** What the engine's refusals are here: the reason, and the field below the claim's that is to blame. */
const REFUSALS: Readonly<Record<string, readonly [reason: Reason, field: string]>> = {
  ShrinkRefused: ["VolumeShrinkRefused", STORAGE],
  ExpansionNotAllowed: ["VolumeResizeFailed", STORAGE],
  // Class, access modes or selector: which one is in the message.
  FieldFixed: ["VolumeResizeFailed", ""],
  BeingDeleted: ["VolumeResizeFailed", ""],
};

export function planVolumes(view: View, wanted: readonly WantedClaim[]): VolumePlan {
  const actions: Action[] = [];
  const problems: Problem[] = [];
  const resizing: string[] = [];
  for (const { claim, field, isNamedByUser = false } of wanted) {
    const live = view.claims.get(claim.metadata?.name ?? "");
    const missing = live === undefined ? missingClass(view, claim) : undefined;
    if (missing !== undefined) {
      const known = [...view.storageClasses.keys()].sort();
      const choice =
        known.length === 0 ? "The cluster has none: create it" : `Choose one of ${known.join(", ")}, or create it`;
      problems.push(
        problem("StorageClassNotFound", `${field}.storageClassName`, `There is no StorageClass ${missing}. ${choice}.`),
      );
      continue;
    }
    const className = live?.spec?.storageClassName ?? "";
    const plan = planClaim(claim, { live, expandable: view.storageClasses.get(className)?.allowVolumeExpansion });
    if ("problem" in plan && plan.problem !== undefined) {
      const [reason, below] = REFUSALS[plan.problem.reason] ?? ["VolumeResizeFailed", ""];
      problems.push(problem(reason, `${field}${below}`, plan.problem.message));
    }
    if ("apply" in plan)
      actions.push({ type: live === undefined && isNamedByUser ? "create" : "apply", object: plan.apply });
    if (
      plan.type === "grow" ||
      live?.status?.conditions?.some((c) => c.status === "True" && /Resiz/.test(c.type)) === true
    ) {
      resizing.push(claim.metadata?.name ?? "");
    }
  }
  return { actions, problems, resizing };
}

function missingClass(view: View, claim: PersistentVolumeClaim): string | undefined {
  const name = claim.spec?.storageClassName;
  return name === undefined || name === "" || view.storageClasses.has(name) ? undefined : name;
}
