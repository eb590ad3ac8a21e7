/** What is mounted where, as this process sees it. */

import { readFileSync } from "node:fs";

/** Everything that is mounted below a folder, inner ones first. */
export function mountPoints(folder: string): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => (line.split(" ")[4] ?? "").replaceAll("\\040", " "))
    .filter((point) => point.startsWith(`${folder}/`))
    .reverse();
}
