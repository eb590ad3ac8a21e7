/** Where the system's programs are. */

import { existsSync } from "node:fs";

/** As `./keelson up` looks for them. */
const FOLDERS = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The whole path of a program; throws a sentence when it is in none of the usual folders. */
export function findProgram(name: string, isThere: (path: string) => boolean = existsSync): string {
  const found = FOLDERS.map((folder) => `${folder}/${name}`).find(isThere);
  if (found === undefined) throw new Error(`${name} is in none of ${FOLDERS.join(", ")}: install it`);
  return found;
}
