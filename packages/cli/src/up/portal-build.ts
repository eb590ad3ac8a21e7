import { execFile } from "node:child_process";
import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Failure } from "../failure.ts";
import { repository } from "./supervisor-process.ts";

const portal = join(repository, "packages/portal");

/** Builds the portal's page where it was never built or its sources are newer. */
export async function buildPortal(): Promise<void> {
  if (isCurrent()) return;
  const vite = join(repository, "node_modules/vite/bin/vite.js");
  try {
    await promisify(execFile)(process.execPath, [vite, "build", "--logLevel", "warn"], { cwd: portal });
  } catch (error) {
    const words = (error as { stderr?: string }).stderr?.trim().split("\n").at(-1) ?? String(error);
    throw new Failure(`the portal's page could not be built: ${words}.`);
  }
}

function isCurrent(): boolean {
  const built = statSync(join(portal, "dist/index.html"), { throwIfNoEntry: false });
  if (built === undefined) return false;
  const sources = globSync(["src/**/*", "*.{json,ts,html}"], { cwd: portal });
  return sources.every((file) => statSync(join(portal, file)).mtimeMs <= built.mtimeMs);
}
