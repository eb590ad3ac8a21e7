/** What backups and restores say that wait for a cluster in which nothing is done. Pure. */
import { type Problem, problemText } from "../reasons.ts";

export const UNMANAGED = {
  reason: "ClusterUnmanaged",
  message: "The operator leaves the cluster alone. Set spec.unmanaged there to false.",
} as const;

/** There has never been a specification that could be followed. */
export const notAccepted = (problems: readonly Problem[]): { readonly reason: string; readonly message: string } => ({
  reason: "ClusterNotAccepted",
  message: `Nothing is done in the cluster before its specification is corrected. ${problems.map(problemText).join(" ")}`,
});
