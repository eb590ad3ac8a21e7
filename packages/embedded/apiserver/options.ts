/** What an API server is started with. */
import type { Logger } from "pino";

export interface ApiServerOptions {
  /** Directory of the database; undefined keeps everything in memory. */
  readonly dataDirectory?: string | undefined;
  /** PEM texts. */
  readonly tls: { readonly key: string; readonly cert: string; readonly clientCa: string };
  /** The ES256 key pair of service-account tokens, PEM. */
  readonly serviceAccountKeys: { readonly privateKey: string; readonly publicKey: string };
  /** TCP address; port 0 picks a free one. Undefined: no TCP. */
  readonly listen?: { readonly host: string; readonly port: number } | undefined;
  /** Unix socket, with the same TLS. */
  readonly socket?: string | undefined;
  /** Folder of the running cluster, where its nodes have their sockets: NODE/kubelet.sock, NODE/relay.sock. */
  readonly runDirectory?: string | undefined;
  readonly serviceCidr?: string | undefined;
  /** Where pods reach this server: the endpoints of default/kubernetes. */
  readonly advertise?: { readonly address: string; readonly port: number } | undefined;
  readonly log?: Logger | undefined;
  readonly now?: (() => Date) | undefined;
}

export interface ApiServer {
  /** `https://127.0.0.1:6443`, when it listens on TCP. */
  readonly url: string | undefined;
  /** Ends watches, finishes what is under way and closes the store. */
  stop(): Promise<void>;
}
