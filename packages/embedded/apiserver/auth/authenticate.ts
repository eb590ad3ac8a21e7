/** Who makes a request: the client certificate's subject, or the bearer of a service-account token. */
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { unauthorized } from "../errors.ts";
import type { Store } from "../storage/store.ts";
import { storageKey } from "../storage/stored.ts";
import type { KubeObject, User } from "../types.ts";
import type { ServiceAccountTokens, TokenClaims } from "./tokens.ts";

export const anonymous: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };
const authenticated = "system:authenticated";

interface KnownToken {
  readonly claims: TokenClaims;
  readonly user: User;
}

const maxKnownTokens = 2_000;
/** What upstream grants to what is being deleted. */
const deletedLeewayMs = 60_000;

export class Authenticator {
  readonly tokens: ServiceAccountTokens;
  readonly audiences: readonly string[];
  readonly #store: Store;
  readonly #now: () => Date;
  /** Tokens with a good signature; whether their account and pod still exist is looked up each time. */
  readonly #known = new Map<string, KnownToken>();
  readonly #certificates = new WeakMap<TLSSocket, User>();

  constructor(options: { tokens: ServiceAccountTokens; audiences: readonly string[]; store: Store; now: () => Date }) {
    this.tokens = options.tokens;
    this.audiences = options.audiences;
    this.#store = options.store;
    this.#now = options.now;
  }

  /** The user; `anonymous` without credentials. Throws 401 for credentials that are not good. */
  async authenticate(request: IncomingMessage): Promise<User> {
    const bearer = bearerToken(request);
    const fromCertificate = this.#certificateUser(request.socket);
    if (fromCertificate !== undefined) return fromCertificate;
    if (bearer === undefined) return anonymous;
    const found = await this.tokenUser(bearer, this.audiences);
    if (found === undefined) throw unauthorized();
    return found.user;
  }

  /** The user of a token that is good for one of the audiences; also answers TokenReviews. */
  async tokenUser(
    token: string,
    audiences: readonly string[],
  ): Promise<{ user: User; audiences: readonly string[] } | undefined> {
    const known = this.#known.get(token) ?? (await this.#verify(token));
    if (known === undefined) return undefined;
    const { claims, user } = known;
    if (claims.expires * 1_000 <= this.#now().getTime()) {
      this.#known.delete(token);
      return undefined;
    }
    const shared = claims.audiences.filter((a) => audiences.includes(a));
    return shared.length > 0 && this.#isAlive(claims) ? { user, audiences: shared } : undefined;
  }

  /** What others need to check our tokens themselves. */
  async openIdConfiguration(serverAddress: string): Promise<object> {
    return {
      issuer: this.tokens.issuer,
      jwks_uri: `https://${serverAddress}/openid/v1/jwks`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["ES256"],
    };
  }

  keySet(): Promise<object> {
    return this.tokens.keySet();
  }

  async #verify(token: string): Promise<KnownToken | undefined> {
    const claims = await this.tokens.verify(token, this.#now());
    if (claims === undefined) return undefined;
    const known = { claims, user: serviceAccountUser(claims) };
    if (this.#known.size >= maxKnownTokens) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.set(token, known);
    return known;
  }

  /** A token lives only as long as what it is bound to. */
  #isAlive({ namespace, serviceAccount, bound }: TokenClaims): boolean {
    const account = this.#store.get("serviceaccounts", storageKey(namespace, serviceAccount.name));
    if (!this.#isThere(account?.object, serviceAccount.uid)) return false;
    if (bound === undefined) return true;
    const collection = bound.kind === "Pod" ? "pods" : bound.kind === "Secret" ? "secrets" : "nodes";
    const key = bound.kind === "Node" ? bound.name : storageKey(namespace, bound.name);
    return this.#isThere(this.#store.get(collection, key)?.object, bound.uid);
  }

  /** An object that should be gone by now, and is held by a finalizer or a silent node, counts as gone after a minute. */
  #isThere(object: KubeObject | undefined, uid: string): boolean {
    if (object === undefined || object.metadata.uid !== uid) return false;
    const { deletionTimestamp } = object.metadata;
    return deletionTimestamp === undefined || Date.parse(deletionTimestamp) > this.#now().getTime() - deletedLeewayMs;
  }

  #certificateUser(socket: IncomingMessage["socket"]): User | undefined {
    if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
    const known = this.#certificates.get(socket);
    if (known !== undefined) return known;
    const certificate = socket.getPeerCertificate();
    const subject = certificate.subject as { CN?: string | string[]; O?: string | string[] } | undefined;
    const name = [subject?.CN ?? ""].flat()[0] ?? "";
    if (name === "") return undefined;
    const fingerprint = certificate.fingerprint256.replaceAll(":", "").toLowerCase();
    const user = {
      name,
      groups: [...[subject?.O ?? []].flat(), authenticated],
      extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${fingerprint}`] },
    };
    this.#certificates.set(socket, user);
    return user;
  }
}

function bearerToken(request: IncomingMessage): string | undefined {
  const header = request.headers.authorization;
  if (header !== undefined) {
    const [scheme, token] = header.split(" ", 2);
    return scheme?.toLowerCase() === "bearer" && token !== undefined && token !== "" ? token : undefined;
  }
  return webSocketToken(request.headers["sec-websocket-protocol"]);
}

const webSocketPrefix = "base64url.bearer.authorization.k8s.io.";

/** Browsers cannot set headers on WebSockets: the token may come as a sub-protocol. */
function webSocketToken(protocols: string | undefined): string | undefined {
  const carrier = protocols
    ?.split(",")
    .map((p) => p.trim())
    .find((p) => p.startsWith(webSocketPrefix));
  return carrier === undefined ? undefined : Buffer.from(carrier.slice(webSocketPrefix.length), "base64url").toString();
}

export function serviceAccountUser({ namespace, serviceAccount, bound, node, id }: TokenClaims): User {
  return {
    name: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    uid: serviceAccount.uid,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, authenticated],
    extra: {
      "authentication.kubernetes.io/credential-id": [`JTI=${id}`],
      ...(node !== undefined && {
        "authentication.kubernetes.io/node-name": [node.name],
        "authentication.kubernetes.io/node-uid": [node.uid],
      }),
      ...(bound?.kind === "Pod" && {
        "authentication.kubernetes.io/pod-name": [bound.name],
        "authentication.kubernetes.io/pod-uid": [bound.uid],
      }),
    },
  };
}
