import { existsSync } from "node:fs";
import { missingPackages } from "../packages/cli/src/up/system-packages.ts";

/** Debian's package for each program that tests call beyond those of the platform itself. */
const packageOf: Readonly<Record<string, string>> = {
  "/usr/bin/chromium": "chromium",
  "/usr/bin/psql": "postgresql-client",
};

/** The system packages that the tests need and that are still to be installed, sorted. */
export function missingTestPackages(): string[] {
  const own = Object.entries(packageOf).filter(([program]) => !existsSync(program));
  return [...new Set([...missingPackages(), ...own.map(([, name]) => name)])].sort();
}
