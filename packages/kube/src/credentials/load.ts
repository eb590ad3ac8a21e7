/** Finds out how to reach the API server and as whom. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { inClusterCredentials } from "./in-cluster.ts";
import { kubeconfigCredentials } from "./kubeconfig.ts";

/** What TLS needs; read again by the transport when it has changed. */
export interface TlsMaterial {
  readonly ca?: string | Buffer | undefined;
  readonly cert?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
  /** Name in the server's certificate, when it differs from the address. */
  readonly servername?: string | undefined;
  /** False with `insecure-skip-tls-verify`. */
  readonly rejectUnauthorized?: boolean | undefined;
}

/** How to reach an API server, and as whom. */
export interface Credentials {
  /** `https://host:port` with an optional path prefix. */
  readonly server: string;
  /** Connect to this unix socket instead of the server's address. */
  readonly socketPath?: string | undefined;
  /** Default namespace. */
  readonly namespace: string;
  /** TLS material as it is now. A different object than the last time means that connections have to be made anew. */
  tls(): Promise<TlsMaterial>;
  /** Headers that authenticate, made anew when they are about to expire. `refused`: the last ones were answered with 401. */
  headers(refused?: boolean): Promise<Readonly<Record<string, string>>>;
}

/** Where to look for credentials. */
export interface LoadOptions {
  /** Path of a kubeconfig. Default: `$KUBECONFIG`, else in-cluster, else `~/.kube/config`. */
  readonly kubeconfig?: string | undefined;
  /** Context in the kubeconfig. Default: its current one. */
  readonly context?: string | undefined;
  /** Connect to this unix socket instead of the server's address. */
  readonly socketPath?: string | undefined;
}

/** Loads credentials; throws with a sentence that says what was looked for when there are none. */
export async function loadCredentials(options: LoadOptions = {}): Promise<Credentials> {
  const credentials = await find(options);
  return options.socketPath === undefined ? credentials : { ...credentials, socketPath: options.socketPath };
}

async function find(options: LoadOptions): Promise<Credentials> {
  const listed = options.kubeconfig ?? process.env["KUBECONFIG"] ?? "";
  if (listed !== "")
    return kubeconfigCredentials(
      listed.split(delimiter).filter((path) => path !== ""),
      options.context,
    );
  const inCluster = inClusterCredentials();
  if (inCluster !== undefined) return inCluster;
  const usual = join(homedir(), ".kube", "config");
  if (existsSync(usual)) return kubeconfigCredentials([usual], options.context);
  throw new Error(
    `no way to a Kubernetes API: no --kubeconfig given, $KUBECONFIG not set, not inside a pod, and ${usual} does not exist`,
  );
}
