import { existsSync, readFileSync } from "node:fs";
import { missingPackages } from "../packages/cli/src/up/system-packages.ts";

/** Debian's package for each program that tests call beyond those of the platform itself. */
const packageOf: Readonly<Record<string, string>> = {
  "/usr/bin/chromium": "chromium",
  "/usr/bin/psql": "postgresql-client",
};

/** Ubuntu has Chromium as a snap only, whose service a bare system does not run: there the tests in a browser say what they lack. */
const notOnUbuntu = ["chromium"];

const release = "/etc/os-release";

/**
 * The system packages that the tests need and that are still to be installed, sorted.
 *
 * @param system what os-release(5) says of this machine
 */
export function missingTestPackages(
  system = existsSync(release) ? readFileSync(release, "utf8") : "",
  isThere: (path: string) => boolean = existsSync,
): string[] {
  const own = Object.entries(packageOf).filter(([program]) => !isThere(program));
  const missing = new Set([...missingPackages(isThere), ...own.map(([, name]) => name)]);
  if (/^ID="?ubuntu"?$/m.test(system)) for (const name of notOnUbuntu) missing.delete(name);
  return [...missing].sort();
}
