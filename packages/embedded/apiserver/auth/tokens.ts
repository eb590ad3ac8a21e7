/** Service-account tokens: JSON web tokens signed with the cluster's ES256 key, bound to an account and, mostly, to a pod. */
import { createHash, randomUUID } from "node:crypto";
import type { JWK } from "jose";
// Part by part: the whole library costs ten megabytes.
import { SignJWT } from "jose/jwt/sign";
import { jwtVerify } from "jose/jwt/verify";
import { exportJWK } from "jose/key/export";
import { importPKCS8, importSPKI } from "jose/key/import";

const algorithm = "ES256";

export interface BoundObject {
  readonly kind: "Pod" | "Secret" | "Node";
  readonly name: string;
  readonly uid: string;
}

export interface TokenSubject {
  readonly namespace: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
  readonly bound?: BoundObject | undefined;
  /** The node of the pod that the token is bound to. */
  readonly node?: { readonly name: string; readonly uid: string } | undefined;
}

export interface TokenClaims extends TokenSubject {
  readonly audiences: readonly string[];
  /** Seconds since 1970. */
  readonly expires: number;
  readonly id: string;
}

interface PrivateClaims {
  namespace?: string;
  serviceaccount?: { name?: string; uid?: string };
  pod?: { name?: string; uid?: string };
  secret?: { name?: string; uid?: string };
  node?: { name?: string; uid?: string };
}

export class ServiceAccountTokens {
  readonly issuer: string;
  readonly #privateKey: CryptoKey;
  readonly #publicKey: CryptoKey;
  readonly #keyId: string;

  private constructor(issuer: string, privateKey: CryptoKey, publicKey: CryptoKey, keyId: string) {
    this.issuer = issuer;
    this.#privateKey = privateKey;
    this.#publicKey = publicKey;
    this.#keyId = keyId;
  }

  /** From the PEM texts of the key pair (PKCS #8 and SPKI). */
  static async load(issuer: string, privatePem: string, publicPem: string): Promise<ServiceAccountTokens> {
    const publicKey = await importSPKI(publicPem, algorithm, { extractable: true });
    const keyId = createHash("sha256").update(publicPem.trim()).digest("base64url");
    return new ServiceAccountTokens(issuer, await importPKCS8(privatePem, algorithm), publicKey, keyId);
  }

  async sign(
    subject: TokenSubject,
    audiences: readonly string[],
    lifetimeSeconds: number,
    now: Date,
  ): Promise<{ token: string; expires: Date }> {
    const issued = Math.floor(now.getTime() / 1_000);
    const expires = issued + lifetimeSeconds;
    const { namespace, serviceAccount, bound, node } = subject;
    const token = await new SignJWT({
      "kubernetes.io": {
        namespace,
        ...(node !== undefined && { node }),
        ...(bound !== undefined && { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } }),
        serviceaccount: { name: serviceAccount.name, uid: serviceAccount.uid },
      },
    })
      .setProtectedHeader({ alg: algorithm, kid: this.#keyId })
      .setIssuer(this.issuer)
      .setSubject(`system:serviceaccount:${namespace}:${serviceAccount.name}`)
      .setAudience([...audiences])
      .setIssuedAt(issued)
      .setNotBefore(issued)
      .setExpirationTime(expires)
      .setJti(randomUUID())
      .sign(this.#privateKey);
    return { token, expires: new Date(expires * 1_000) };
  }

  /** What a token says, when its signature, issuer and time are good. */
  async verify(token: string, now: Date): Promise<TokenClaims | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.#publicKey, {
        issuer: this.issuer,
        algorithms: [algorithm],
        currentDate: now,
      });
      return claimsOf(payload as Payload);
    } catch {
      return undefined;
    }
  }

  /** The key set that others may check tokens with. */
  async keySet(): Promise<{ keys: JWK[] }> {
    return { keys: [{ ...(await exportJWK(this.#publicKey)), use: "sig", alg: algorithm, kid: this.#keyId }] };
  }
}

interface Payload {
  readonly aud?: string | string[];
  readonly exp?: number;
  readonly jti?: string;
  readonly "kubernetes.io"?: PrivateClaims;
}

function claimsOf(payload: Payload): TokenClaims | undefined {
  const own = payload["kubernetes.io"];
  const { name, uid } = own?.serviceaccount ?? {};
  if (own?.namespace === undefined || name === undefined || uid === undefined || payload.exp === undefined)
    return undefined;
  const audiences = payload.aud === undefined ? [] : typeof payload.aud === "string" ? [payload.aud] : payload.aud;
  return {
    namespace: own.namespace,
    serviceAccount: { name, uid },
    bound: boundObject(own),
    node: own.node?.name === undefined ? undefined : { name: own.node.name, uid: own.node.uid ?? "" },
    audiences,
    expires: payload.exp,
    id: payload.jti ?? "",
  };
}

/** A pod's token names its node too, and is bound to the pod; a node alone is what the token is bound to. */
function boundObject({ pod, secret, node }: PrivateClaims): BoundObject | undefined {
  if (pod?.name !== undefined) return { kind: "Pod", name: pod.name, uid: pod.uid ?? "" };
  if (secret?.name !== undefined) return { kind: "Secret", name: secret.name, uid: secret.uid ?? "" };
  if (node?.name !== undefined) return { kind: "Node", name: node.name, uid: node.uid ?? "" };
  return undefined;
}
