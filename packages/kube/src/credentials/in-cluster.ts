/** The service account of the pod we run in. */
import { existsSync, readFileSync } from "node:fs";
import { FileToken, filesTls } from "./files.ts";
import type { Credentials } from "./load.ts";

const folder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Undefined when we do not run in a pod. */
export function inClusterCredentials(
  root: string = folder,
  env: NodeJS.ProcessEnv = process.env,
): Credentials | undefined {
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "443";
  if (host === undefined || !existsSync(`${root}/token`)) return undefined;
  const token = new FileToken(`${root}/token`);
  const tls = filesTls({ ca: `${root}/ca.crt` }, {});
  const namespaceFile = `${root}/namespace`;
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    namespace: existsSync(namespaceFile) ? readFileSync(namespaceFile, "utf8").trim() : "default",
    tls,
    headers: async (refused) => ({ authorization: `Bearer ${await token.read(refused)}` }),
  };
}
