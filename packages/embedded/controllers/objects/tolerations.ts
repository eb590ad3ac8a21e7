/** Taints and tolerations. Pure. */
import type { Taint, Toleration } from "./types.ts";

/** Whether one toleration covers the taint. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== "" && toleration.effect !== taint.effect) return false;
  if (toleration.operator === "Exists") {
    return toleration.key === undefined || toleration.key === "" || toleration.key === taint.key;
  }
  return toleration.key === taint.key && (toleration.value ?? "") === (taint.value ?? "");
}

/** The first taint with one of these effects that no toleration covers. */
export function untolerated(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly string[],
): Taint | undefined {
  return (taints ?? []).find(
    (taint) =>
      effects.includes(taint.effect) && !(tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  );
}
