import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { layoutOf } from "@keelson/embedded/cluster";
import { dataOption } from "../data-option.ts";
import { Failure } from "../failure.ts";

/** `keelson logs [part]`: prints a program's log, or which logs there are. */
export function logs(part: string | undefined, options: { readonly data: string; readonly follow?: boolean }): void {
  const directory = layoutOf(options.data).logs;
  // Not existsSync: to others than root it would say that there is none.
  if (statSync(directory, { throwIfNoEntry: false }) === undefined)
    throw new Failure(
      `there are no logs in ${options.data}: start a cluster with './keelson up${dataOption(options.data)}'.`,
    );
  const parts = readdirSync(directory)
    .filter((name) => name.endsWith(".log"))
    .map((name) => name.slice(0, -".log".length))
    .sort();
  if (part === undefined) {
    process.stdout.write(`${parts.join("\n")}\n`);
    return;
  }
  if (!parts.includes(part)) throw new Failure(`there is no part '${part}': choose one of ${parts.join(", ")}.`);
  const file = join(directory, `${part}.log`);
  const arguments_ = options.follow === true ? ["-n", "200", "-F", file] : ["-n", "+1", file];
  spawn("tail", arguments_, { stdio: "inherit" }).on("exit", (code) => {
    process.exitCode = code ?? 0;
  });
}
