import { existsSync } from "node:fs";
import { join } from "node:path";
import { layoutOf } from "@keelson/embedded/cluster";
import { Failure } from "../failure.ts";

/** `keelson kubeconfig`: prints the path of the administrator's kubeconfig. */
export function kubeconfig(options: { readonly data: string }): void {
  const file = join(layoutOf(options.data).pki, "admin.kubeconfig");
  if (!existsSync(file))
    throw new Failure(`there is no cluster in ${options.data} yet: start one with './keelson up'.`);
  process.stdout.write(`${file}\n`);
}
