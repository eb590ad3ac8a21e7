/** The authority of a cluster as it is kept in a Secret. */
import { bundle, type KeyPair } from "./certificate.ts";

/** An authority that signs. */
export interface Authority extends KeyPair {
  /** The user gave it. Without this it is ours. */
  readonly provided?: boolean;
}

/** An authority, and what of a rotation is under way. Times in milliseconds since 1970. */
export interface AuthorityState {
  /** Signs now. */
  readonly current: Authority;
  /** Will sign; announced to everybody first, so that nobody meets a certificate he does not trust. */
  readonly next?: Authority & { readonly since: number };
  /** Signed before; trusted until everybody has loaded what the current one signed. */
  readonly previous?: { readonly bundle: string; readonly since: number; readonly provided?: boolean };
}

/** What the Secrets of a cluster hold. */
export interface CertificateState {
  readonly authority?: AuthorityState | undefined;
  /** By the name that `WantedLeaf` gives. */
  readonly leafs: Readonly<Record<string, KeyPair>>;
}

/** What everybody must trust: the content of each `ca.crt`. */
export function trustBundle({ current, next, previous }: AuthorityState): string {
  return bundle(current.certificate, next?.certificate, previous?.bundle);
}

/** Texts of the Secret that holds the authority: the contract's `root.crt` and `root.key`, and what a rotation needs. */
export function authorityTexts({ current, next, previous }: AuthorityState): Record<string, string> {
  return {
    "root.crt": current.certificate,
    "root.key": current.key,
    ...providedText("root", current),
    ...(next === undefined
      ? {}
      : {
          "next.crt": next.certificate,
          "next.key": next.key,
          "next.since": new Date(next.since).toISOString(),
          ...providedText("next", next),
        }),
    ...(previous === undefined
      ? {}
      : {
          "previous.crt": previous.bundle,
          "previous.since": new Date(previous.since).toISOString(),
          ...providedText("previous", previous),
        }),
  };
}

/** The opposite of `authorityTexts`. Undefined without `root.crt` or `root.key`; an incomplete rest is left out. */
export function authorityFromTexts(texts: Readonly<Record<string, string>>): AuthorityState | undefined {
  const { "root.crt": certificate, "root.key": key } = texts;
  if (!certificate || !key) return undefined;
  const { "next.crt": nextCertificate, "next.key": nextKey, "previous.crt": previousBundle } = texts;
  const nextSince = Date.parse(texts["next.since"] ?? "");
  const previousSince = Date.parse(texts["previous.since"] ?? "");
  return {
    current: { certificate, key, ...providedFrom(texts, "root") },
    ...(nextCertificate && nextKey && !Number.isNaN(nextSince)
      ? { next: { certificate: nextCertificate, key: nextKey, since: nextSince, ...providedFrom(texts, "next") } }
      : {}),
    ...(previousBundle && !Number.isNaN(previousSince)
      ? { previous: { bundle: previousBundle, since: previousSince, ...providedFrom(texts, "previous") } }
      : {}),
  };
}

type Role = "root" | "next" | "previous";

const providedText = (role: Role, { provided }: { readonly provided?: boolean }): Record<string, string> =>
  provided === true ? { [`${role}.provided`]: "true" } : {};

const providedFrom = (texts: Readonly<Record<string, string>>, role: Role): { readonly provided?: true } =>
  texts[`${role}.provided`] === "true" ? { provided: true } : {};
