/** What is mounted where, as this process sees it. */

import { existsSync, readFileSync } from "node:fs";

/** Everything that is mounted below a folder, inner ones first. */
export function mountPoints(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => (line.split(" ")[4] ?? "").replaceAll("\\040", " "))
    .filter((point) => point.startsWith(`${folder}/`))
    .reverse();
}
