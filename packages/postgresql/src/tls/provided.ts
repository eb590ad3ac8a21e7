/** Certificates that the user gives in place of ours: checked before they are used; while one is wrong, what is in use stays. */
import { type Authority, authorityFromTexts, certificateFacts, type KeyPair, readKeyPair } from "@keelson/engine";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { REPLICATION_USER } from "../ha/dynamic-config.ts";
import { type Problem, problem } from "../reasons.ts";
import { hostNames, type SecretLookup } from "./certificates.ts";
import { type CertificateCheck, certificateProblem } from "./check.ts";

type Texts = Readonly<Record<string, string>>;

export interface Provided {
  /**
   * The authority that signs instead of ours, marked as the user's; the one in use, as it is, while the user's cannot be. Undefined where that has
   * expired too: one of ours takes over, since what it signs is at least trusted within the cluster.
   */
  readonly authority: Authority | undefined;
  /** By the name of the leaf that they stand for: `tls.crt`, `tls.key` and `ca.crt`. */
  readonly leafs: ReadonlyMap<string, Texts>;
  /** True when nothing can be made: the authority that is asked for is not there, and none was before. */
  readonly waits: boolean;
}

export interface ProvidedContext {
  readonly now: number;
  /** Reads a Secret of the user's. */
  readonly foreign: (name: string) => Promise<Texts | undefined>;
  /** Reads a Secret of ours. */
  readonly own: SecretLookup;
}

/** One that we made ourselves is not kept in the user's place for longer than this before its end: then it is renewed. */
const RENEW_OWN_BEFORE_MS = 30 * 86_400_000;

/** The keys of one kind of certificate, as `tls.crt`, `tls.key` and `ca.crt`. */
function inUse(texts: Texts | undefined, prefix = "tls", authority = "ca.crt"): Texts | undefined {
  const [crt, key, ca] = [texts?.[`${prefix}.crt`], texts?.[`${prefix}.key`], texts?.[authority]];
  if (readKeyPair({ certificate: crt ?? "", key: key ?? "" }) === undefined) return undefined;
  return { "tls.crt": crt ?? "", "tls.key": key ?? "", "ca.crt": ca ?? "" };
}

function isOursAndEnding(texts: Texts, authority: KeyPair | undefined, now: number): boolean {
  const facts = certificateFacts(texts["tls.crt"] ?? "");
  if (facts.notAfter - now > RENEW_OWN_BEFORE_MS || authority === undefined) return false;
  return facts.isSignedBy(certificateFacts(authority.certificate));
}

function unexpired(authority: Authority | undefined, now: number): Authority | undefined {
  return (readKeyPair(authority)?.notAfter ?? 0) > now ? authority : undefined;
}

export async function providedCertificates(
  c: PgCluster,
  { now, foreign, own }: ProvidedContext,
  problems: Problem[],
): Promise<Provided> {
  const { server, replication, ca, pooler } = c.tls.custom;
  const check = async (name: string, field: string, wanted: CertificateCheck): Promise<Texts | undefined> => {
    const texts = await foreign(name);
    const wrong = certificateProblem(texts, wanted, now);
    if (wrong === undefined) return texts;
    const reason = texts === undefined ? "SecretNotFound" : "SecretInvalid";
    const text = `Secret ${name}${texts === undefined ? "" : ":"} ${wrong}. The certificates in use stay until then.`;
    problems.push(problem(reason, field, text));
    return undefined;
  };

  const current = authorityFromTexts(own(names.caSecret(c)) ?? {})?.current;
  let authority: Authority | undefined;
  if (ca !== undefined) {
    const field = "spec.secrets.customRootCATLSSecret";
    const root = await check(ca, field, { certificate: "root.crt", key: "root.key", signs: true });
    const given = { certificate: root?.["root.crt"] ?? "", key: root?.["root.key"] ?? "", provided: true };
    authority = root === undefined ? unexpired(current, now) : given;
    if (root === undefined && current === undefined) return { authority, leafs: new Map(), waits: true };
  }

  const leafs = new Map<string, Texts>();
  const pair = { certificate: "tls.crt", key: "tls.key" };
  const signed =
    ca === undefined || authority === undefined
      ? { ...pair, authority: "ca.crt" }
      : { ...pair, roots: { pem: authority.certificate, name: "the root.crt of spec.secrets.customRootCATLSSecret" } };
  const leaf = async (leafName: string, texts: Promise<Texts | undefined>, kept: Texts | undefined): Promise<void> => {
    const given = (await texts) ?? (kept !== undefined && !isOursAndEnding(kept, current, now) ? kept : undefined);
    if (given !== undefined) leafs.set(leafName, given);
  };
  if (server !== undefined) {
    const all = hostNames(c, names.primaryService(c));
    // The pooler calls the server by its short name, and insists on it.
    const hosts = c.pooler === undefined ? all : all.slice(0, 1);
    const texts = check(server, "spec.secrets.customTLSSecret", { ...signed, hosts });
    await leaf("server", texts, inUse(own(names.serverSecret(c))));
  }
  if (replication !== undefined) {
    const field = "spec.secrets.customReplicationTLSSecret";
    const texts = check(replication, field, { ...signed, commonName: REPLICATION_USER });
    await leaf("replication", texts, inUse(own(names.replicationSecret(c))));
  }
  if (pooler !== undefined && c.pooler !== undefined) {
    const kept = inUse(own(names.poolerSecret(c)), "pgbouncer-frontend", "pgbouncer-frontend.ca-roots");
    await leaf("pooler", check(pooler, "spec.proxy.pgBouncer.customTLSSecret", pair), kept);
  }
  return { authority, leafs, waits: false };
}
