/** Builds the portal's page for a test, so that what is tested is what the sources say. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

export interface BuiltPortal {
  readonly directory: string;
  remove(): void;
}

export async function buildPortal(): Promise<BuiltPortal> {
  const directory = mkdtempSync(join(tmpdir(), "keelson-portal-"));
  const root = fileURLToPath(new URL("..", import.meta.url));
  await build({ root, logLevel: "warn", build: { outDir: directory, emptyOutDir: true } });
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
