/** The token by which the command line of this machine speaks to the API: whoever can read the file is its owner. */
import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const cliTokenFile = (directory: string): string => join(directory, "cli-token");

/** Reads the token, or makes one in a file that only its owner may read. */
export function cliToken(directory: string): string {
  const file = cliTokenFile(directory);
  const known = read(file);
  if (known !== undefined) {
    chmodSync(file, 0o600);
    return known;
  }
  const token = randomBytes(32).toString("base64url");
  writeFileSync(`${file}.new`, `${token}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return token;
}

function read(file: string): string | undefined {
  try {
    const text = readFileSync(file, "utf8").trim();
    return text.length >= 32 ? text : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
