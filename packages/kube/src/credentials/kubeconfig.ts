/** Kubeconfig files: several are merged as kubectl does (the first to name a thing wins). */
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { FileToken, filesTls } from "./files.ts";
import type { Credentials } from "./load.ts";

export interface KubeconfigCluster {
  server?: string;
  "certificate-authority"?: string;
  "certificate-authority-data"?: string;
  "insecure-skip-tls-verify"?: boolean;
  "tls-server-name"?: string;
}

export interface KubeconfigUser {
  token?: string;
  tokenFile?: string;
  "client-certificate"?: string;
  "client-certificate-data"?: string;
  "client-key"?: string;
  "client-key-data"?: string;
  username?: string;
  password?: string;
  exec?: unknown;
  "auth-provider"?: unknown;
}

interface KubeconfigContext {
  cluster?: string;
  user?: string;
  namespace?: string;
}

interface Kubeconfig {
  "current-context"?: string;
  clusters?: { name: string; cluster: KubeconfigCluster }[] | null;
  users?: { name: string; user: KubeconfigUser | null }[] | null;
  contexts?: { name: string; context: KubeconfigContext }[] | null;
}

/** Credentials of one context of the files. */
export async function kubeconfigCredentials(paths: readonly string[], context?: string): Promise<Credentials> {
  const configs = await Promise.all(paths.map(readKubeconfig));
  const where = paths.join(", ");
  const name = context ?? configs.find((config) => (config["current-context"] ?? "") !== "")?.["current-context"];
  if (name === undefined) throw new Error(`${where}: no current-context; name one`);
  const chosen = configs.flatMap((config) => config.contexts ?? []).find((each) => each.name === name)?.context;
  if (chosen === undefined) throw new Error(`${where}: there is no context "${name}"`);
  const cluster = configs
    .flatMap((config) => config.clusters ?? [])
    .find((each) => each.name === chosen.cluster)?.cluster;
  if (cluster?.server === undefined) throw new Error(`${where}: context "${name}" names no cluster with a server`);
  const user = configs.flatMap((config) => config.users ?? []).find((each) => each.name === chosen.user)?.user ?? {};

  const server = cluster.server.replace(/\/+$/, "");
  const namespace = chosen.namespace ?? "default";
  if (user.exec !== undefined || user["auth-provider"] !== undefined) {
    const { pluginCredentials } = await import("./plugin.ts");
    return pluginCredentials({ paths, context: name, server, namespace });
  }
  const tls = filesTls(
    {
      ca: cluster["certificate-authority"],
      cert: user["client-certificate"],
      key: user["client-key"],
    },
    {
      ca: fromBase64(cluster["certificate-authority-data"]),
      cert: fromBase64(user["client-certificate-data"]),
      key: fromBase64(user["client-key-data"]),
      servername: cluster["tls-server-name"],
      rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
    },
  );
  return { server, namespace, tls, headers: userHeaders(user) };
}

function userHeaders(user: KubeconfigUser): Credentials["headers"] {
  if (user.tokenFile !== undefined) {
    const file = new FileToken(user.tokenFile);
    return async (refused) => ({ authorization: `Bearer ${await file.read(refused)}` });
  }
  const fixed: Record<string, string> = {};
  if (user.token !== undefined) fixed["authorization"] = `Bearer ${user.token}`;
  else if (user.username !== undefined) {
    fixed["authorization"] = `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}`;
  }
  return async () => fixed;
}

async function readKubeconfig(path: string): Promise<Kubeconfig> {
  const config = await parse(await readFile(path, "utf8"), path);
  const here = (file: string | undefined) => (file === undefined ? undefined : resolve(dirname(path), file));
  for (const { cluster } of config.clusters ?? []) makeAbsolute(cluster, ["certificate-authority"], here);
  for (const { user } of config.users ?? []) {
    if (user) makeAbsolute(user, ["client-certificate", "client-key", "tokenFile"], here);
  }
  return config;
}

function makeAbsolute<K extends string>(
  holder: { [P in K]?: string },
  names: readonly K[],
  here: (file: string | undefined) => string | undefined,
): void {
  for (const name of names) {
    const file = here(holder[name]);
    if (file !== undefined) holder[name] = file;
  }
}

/** JSON is tried first: a program whose kubeconfig is JSON never loads a YAML parser. */
async function parse(text: string, path: string): Promise<Kubeconfig> {
  if (text.trimStart().startsWith("{")) return JSON.parse(text) as Kubeconfig;
  const yaml = await import("yaml");
  const config: unknown = yaml.parse(text);
  if (typeof config !== "object" || config === null) throw new Error(`${path}: not a kubeconfig`);
  return config as Kubeconfig;
}

function fromBase64(data: string | undefined): Buffer | undefined {
  return data === undefined || data === "" ? undefined : Buffer.from(data, "base64");
}
