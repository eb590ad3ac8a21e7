/**
 * Credentials that a program or an identity provider hands out (`exec`, OIDC). Loaded only by kubeconfigs that need it, because
 * the library behind it is big.
 */
import type { OutgoingHttpHeaders } from "node:http";
import type { RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import type { Credentials, TlsMaterial } from "./load.ts";

interface PluginContext {
  readonly paths: readonly string[];
  readonly context: string;
  readonly server: string;
  readonly namespace: string;
}

/** Both callbacks ask the library, which keeps tokens until shortly before they expire. */
export function pluginCredentials({ paths, context, server, namespace }: PluginContext): Credentials {
  const config = new KubeConfig();
  paths.forEach((path, index) => {
    const each = new KubeConfig();
    each.loadFromFile(path);
    if (index === 0) config.loadFromString(each.exportConfig());
    else config.mergeConfig(each, true);
  });
  config.setCurrentContext(context);

  const options = async (): Promise<RequestOptions> => {
    const filled: RequestOptions = {};
    await config.applyToHTTPSOptions(filled);
    return filled;
  };
  let last: TlsMaterial = {};
  return {
    server,
    namespace,
    tls: async () => {
      const { ca, cert, key, servername, rejectUnauthorized } = await options();
      const now = { ca: bytes(ca), cert: bytes(cert), key: bytes(key), servername, rejectUnauthorized };
      if (JSON.stringify(now) !== JSON.stringify(last)) last = now;
      return last;
    },
    headers: async () => {
      const headers = ((await options()).headers ?? {}) as OutgoingHttpHeaders;
      const authorization = headers["Authorization"];
      return typeof authorization === "string" ? { authorization } : {};
    },
  };
}

function bytes(value: unknown): string | Buffer | undefined {
  return typeof value === "string" || Buffer.isBuffer(value) ? value : undefined;
}
