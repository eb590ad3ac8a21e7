import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Layout, processDefinitions, type Settings } from "@keelson/embedded/cluster";
import { repository, supervisorProgram } from "./supervisor-process.ts";

/** Milliseconds; it takes three seconds. */
const limit = 60_000;

/** Says of the compiled code that it is complete, and of what. */
const markOf = (layout: Layout): string => join(layout.compileCache, "complete");
const content = `${process.version} ${repository}\n`;

/** Whether this is a first start of these programs with this Node. */
export function needsCompiling(layout: Layout): boolean {
  return !existsSync(markOf(layout)) || readFileSync(markOf(layout), "utf8") !== content;
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
  const ends = await Promise.allSettled(
    [...programs.values()].map(([node = "", ...args]) =>
      promisify(execFile)(node, [...args, "--help"], { env, cwd: "/", timeout: limit }),
    ),
  );
  if (ends.every(({ status }) => status === "fulfilled")) writeFileSync(markOf(layout), content);
}
