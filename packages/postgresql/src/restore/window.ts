/** Whether a target can be reached, before anything is stopped. Pure. */
import type { BackupInfo } from "../backup/info.ts";
import { type Problem, problem } from "../reasons.ts";
import type { RestoreTarget } from "./target.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * @param latest the latest time that the archive reaches (milliseconds since 1970); undefined when nobody can say
 */
export function checkTarget(
  target: RestoreTarget,
  backups: readonly BackupInfo[],
  window: { readonly repo: number; readonly latest: number | undefined },
): Problem | undefined {
  const usable = backups.filter((b) => b.repo === window.repo && !b.failed);
  const oldest = usable[0];
  if (oldest === undefined)
    return problem("UnknownBackup", "spec.repoName", `repo${window.repo} holds no backup. Take one first.`);
  if (target.set !== undefined && target.set !== "latest" && !usable.some((b) => b.label === target.set)) {
    return problem(
      "UnknownBackup",
      "spec.options",
      `repo${window.repo} holds no backup ${target.set}. It has ${usable.map((b) => b.label).join(", ")}.`,
    );
  }
  if (target.time === undefined) return undefined;
  const from = (usable.find((b) => b.label === target.set) ?? oldest).endedAt * 1000;
  const until = window.latest === undefined ? "now" : iso(window.latest);
  const outside = (why: string): Problem =>
    problem(
      "TargetOutsideWindow",
      "spec.options",
      `${target.target} ${why}. This repository can restore from ${iso(from)} until ${until}.`,
    );
  if (target.time < from) return outside("is before the end of the oldest backup");
  if (window.latest !== undefined && target.time > window.latest)
    return outside("is after the last commit in the archive");
  return undefined;
}
