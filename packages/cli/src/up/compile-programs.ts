import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { type Layout, processDefinitions, type Settings } from "@keelson/embedded/cluster";
import { repository, supervisorProgram } from "./supervisor-process.ts";

/** Whether this is a first start: no compiled code is there. */
export function needsCompiling(layout: Layout): boolean {
  return !existsSync(layout.compileCache);
}

/**
 * Has each program that goes on running compile its code and end, before it starts for good: one that finds its code compiled never
 * loads Node's type stripper, 20 MB that it would keep until it ends. What fails here fails again at the start, which says why.
 */
export async function compilePrograms(layout: Layout, settings: Settings): Promise<void> {
  const lasting = processDefinitions(repository, layout, settings).filter(({ runsOnce }) => runsOnce !== true);
  const programs = new Map(
    [supervisorProgram, ...lasting.map(({ program }) => program)].map((each) => [each.at(-1), each]),
  );
  const env = { PATH: process.env["PATH"], LANG: "C.UTF-8", NODE_COMPILE_CACHE: layout.compileCache };
  await Promise.allSettled(
    [...programs.values()].map(([node = "", ...args]) =>
      promisify(execFile)(node, [...args, "--help"], { env, cwd: "/" }),
    ),
  );
}
