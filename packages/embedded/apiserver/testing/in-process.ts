/**
 * An API server in the test's own process over plain HTTP, where a caller says who it is: everything between the socket and the
 * storage is real, but for TLS and credentials.
 */
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { createDispatch } from "../http/dispatch.ts";
import { requestListener } from "../http/server.ts";
import type { Platform } from "../platform.ts";
import { createPlatform } from "../start.ts";
import type { KubeObject, User } from "../types.ts";
import { type Answer, Watch } from "./raw-client.ts";

export const administrator: User = { name: "admin", groups: ["system:masters", "system:authenticated"] };

export interface Call {
  readonly body?: unknown;
  /** Media type of the body; JSON by default. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly user?: User;
}

export class InProcessServer implements AsyncDisposable {
  readonly platform: Platform;
  readonly #port: number;
  readonly #stop: () => Promise<void>;

  private constructor(platform: Platform, port: number, stop: () => Promise<void>) {
    this.platform = platform;
    this.#port = port;
    this.#stop = stop;
  }

  static async start(options: Partial<Parameters<typeof createPlatform>[0]> = {}): Promise<InProcessServer> {
    const keys = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const stopping = new AbortController();
    const tls = { key: "", cert: "", clientCa: "" };
    const platform = await createPlatform({ tls, serviceAccountKeys: keys, ...options }, stopping.signal);
    Object.assign(platform.authenticator, { authenticate });
    const server = createServer(requestListener(platform, createDispatch(platform, "localhost")));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new InProcessServer(platform, (server.address() as AddressInfo).port, async () => {
      stopping.abort();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      platform.store.close();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop();
  }

  async send(method: string, path: string, call: Call = {}): Promise<Answer> {
    const answer = await this.#ask(method, path, call);
    const chunks: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    const json = text.startsWith("{") ? JSON.parse(text) : undefined;
    return { code: answer.statusCode ?? 0, headers: answer.headers, text, json };
  }

  async watch(path: string, call: Call = {}): Promise<Watch> {
    return new Watch(await this.#ask("GET", path, call));
  }

  /** Puts an object into the store as it is, without any rules. */
  async store(collection: string, object: KubeObject): Promise<void> {
    const { namespace, name = "" } = object.metadata;
    await this.platform.store.put(collection, namespace === undefined ? name : `${namespace}/${name}`, object);
  }

  /** Gives a user rights in one namespace, or with "" everywhere. */
  async grant(user: string, namespace: string, ...rules: readonly object[]): Promise<void> {
    const prefix = namespace === "" ? "cluster" : "";
    const name = `${user}-${Math.random()}`;
    const metadata = namespace === "" ? { name } : { name, namespace };
    const kind = namespace === "" ? "ClusterRole" : "Role";
    await this.store(`rbac.authorization.k8s.io/${prefix}roles`, { metadata, rules });
    await this.store(`rbac.authorization.k8s.io/${prefix}rolebindings`, {
      metadata,
      roleRef: { kind, name },
      subjects: [{ kind: "User", name: user }],
    });
  }

  #ask(method: string, path: string, { body, type, headers, user = administrator }: Call): Promise<IncomingMessage> {
    const bytes = body === undefined ? undefined : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: "127.0.0.1",
          port: this.#port,
          method,
          path,
          agent: false,
          headers: {
            "x-user": JSON.stringify(user),
            ...(bytes !== undefined && { "Content-Type": type ?? "application/json", "Content-Length": bytes.length }),
            ...headers,
          },
        },
        resolve,
      );
      outgoing.on("error", reject);
      outgoing.end(bytes);
    });
  }
}

/** Plays the part of the authenticator: the user is who the header says. */
async function authenticate(request: IncomingMessage): Promise<User> {
  return JSON.parse(String(request.headers["x-user"])) as User;
}

/** A user without any rights but those granted by name. */
export function person(name: string): User {
  return { name, groups: ["system:authenticated"] };
}

/** The credentials of a node. */
export function nodeUser(name: string): User {
  return { name: `system:node:${name}`, groups: ["system:nodes", "system:authenticated"] };
}
