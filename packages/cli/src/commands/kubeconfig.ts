import { statSync } from "node:fs";
import { join } from "node:path";
import { layoutOf } from "@keelson/embedded/cluster";
import { dataOption } from "../data-option.ts";
import { Failure } from "../failure.ts";

/** `keelson kubeconfig`: prints the path of the administrator's kubeconfig. */
export function kubeconfig(options: { readonly data: string }): void {
  const file = join(layoutOf(options.data).pki, "admin.kubeconfig");
  // Not existsSync: to others than root it would say that there is none.
  if (statSync(file, { throwIfNoEntry: false }) === undefined)
    throw new Failure(
      `there is no cluster in ${options.data} yet: start one with './keelson up${dataOption(options.data)}'.`,
    );
  process.stdout.write(`${file}\n`);
}
