import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { InvalidArgumentError } from "commander";

/** The part of an absolute path that is there: the path itself, or the nearest folder above it. */
export function existingPart(path: string): string {
  let existing = path;
  while (!existsSync(existing)) existing = dirname(existing);
  return existing;
}

/** The value of an option that names a folder, which need not be there yet. Throws InvalidArgumentError where a file is in its way. */
export function folderArgument(text: string): string {
  const existing = existingPart(resolve(text));
  if (statSync(existing).isDirectory()) return text;
  throw new InvalidArgumentError(`${existing} is not a folder: choose a folder, or a name that is not taken yet.`);
}
