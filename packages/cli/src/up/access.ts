import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Layout, Settings } from "@keelson/embedded/cluster";

/** How to reach what was started, in words to read and lines to paste; `sample` is what there is to say of the sample database. */
export function describeAccess(layout: Layout, settings: Settings, sample: readonly string[]): string {
  const passwordFile = join(layout.server, "initial-admin-password");
  const password = existsSync(passwordFile) ? `user admin, first password in ${passwordFile}` : "user admin";
  const lines = [
    "",
    "Keelson is running.",
    `  Portal      http://127.0.0.1:${settings.portalPort}  (${password})`,
    `  Kubernetes  export KUBECONFIG=${join(layout.pki, "admin.kubeconfig")}`,
    ...sample,
  ];
  return `${lines.join("\n")}\n`;
}
