/** A recovery that has read all of the write-ahead log that there is without coming to its target. Pure. */
import { optionOf } from "./choose-backup.ts";

/** PostgreSQL's words for it. It says them only when the archive has answered that there is nothing more (`archiveRead` in ./recovery.ts). */
const WORDS = "FATAL:  recovery ended before configured recovery target was reached";

/** Whether PostgreSQL has ended because of it: another try would read the same log and say the same. */
export const isUnreached = (output: string): boolean => output.includes(WORDS);

/** What is wrong and what to do. `options` are those that pgBackRest was given, `output` is what PostgreSQL has said. */
export function unreachedText(options: readonly string[], output: string): string {
  const [type, target] = [optionOf(options, "type") ?? "default", optionOf(options, "target")];
  const set = optionOf(options, "set");
  const log = `the write-ahead log of repo${optionOf(options, "repo")}${set === undefined ? "" : ` after backup ${set}`}`;
  const everything = "or leave out --type and --target to restore all that there is";
  const last = [...output.matchAll(/last completed transaction was at log time (.+)/g)].at(-1)?.[1]?.trim();
  switch (type) {
    case "time":
      return last === undefined
        ? `spec.options: --target=${target} is not reached: ${log} ends before it. Choose an earlier time, ${everything}.`
        : `spec.options: --target=${target} is not reached: ${log} ends with a commit of ${last}. Choose a time before that, ${everything}.`;
    case "lsn":
      return `spec.options: --target=${target} is not reached: ${log} ends before it. Choose an earlier position, ${everything}.`;
    default:
      return `spec.options: --target=${target} (--type=${type}) does not come in ${log}. If it is older, add --set with a backup from before it; if it is of another timeline, add --target-timeline; ${everything}.`;
  }
}
