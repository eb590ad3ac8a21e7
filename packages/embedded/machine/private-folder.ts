/** Folders that no other user of the machine may look into. */

import { chmod, mkdir } from "node:fs/promises";

/** Makes the folder, or closes the one that is there, to everybody but its owner: what is below may then be open to any user of a pod. */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
}
