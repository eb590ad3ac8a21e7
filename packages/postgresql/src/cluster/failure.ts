/** What a failed pass leaves in the status. Pure. */
import { ApiError, isConflict, isForbidden, isInvalid, OperatorError } from "@keelson/kube";

export interface Failure {
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** Services that a user shapes, by the end of their name, and the field that does it. */
const EXPOSED: readonly (readonly [end: string, field: string])[] = [
  ["-ha", "spec.expose"],
  ["-replicas", "spec.exposeReplicas"],
  ["-pgbouncer", "spec.proxy.pgBouncer.expose"],
];

/** The field and the remedy where Kubernetes' own words do not say them. */
function hint(message: string, name: string): string {
  if (/exceeded quota/i.test(message)) return " Raise the namespace's ResourceQuota, or ask for less.";
  if (!/nodePort/.test(message)) return "";
  const field = EXPOSED.find(([end]) => name.endsWith(end))?.[1] ?? "spec.expose";
  return ` Choose another ${field}.nodePort, or leave it out.`;
}

/**
 * The failure as people should read it; undefined when there is nothing to read. What usually passes by itself is told when it happens
 * for the second time in a row: `failures` is how often it has failed before.
 */
export function failureOf(error: unknown, failures: number): Failure | undefined {
  if (isConflict(error)) return undefined;
  if (error instanceof OperatorError && error.retry.type === "after") return undefined;
  const lasts = isInvalid(error) || isForbidden(error);
  if (!lasts && failures === 0) return undefined;
  const text = error instanceof Error ? error.message : String(error);
  const name = error instanceof ApiError ? (error.details?.name ?? "") : "";
  const reason = error instanceof OperatorError || error instanceof ApiError ? error.reason : "";
  return { reason: reason === "" ? "ReconcileFailed" : reason, message: `${text}${hint(text, name)}` };
}
