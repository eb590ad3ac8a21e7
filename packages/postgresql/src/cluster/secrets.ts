/** All Secrets of a cluster: what is missing is made, what is there is kept. The only place of this package that uses randomness. */
import { isSettled, issueCertificates, planCertificates, type RandomBytes, trustBundle } from "@keelson/engine";
import type { KubeSecret } from "@keelson/kube";
import { type Problem, problem } from "../reasons.ts";
import { FOREIGN_TTL_MS, type ForeignSecret } from "../runtime/foreign-secrets.ts";
import { certificateSecrets, certificateState, textsOf, wantedCertificates } from "../tls/certificates.ts";
import { type Provided, providedCertificates } from "../tls/provided.ts";
import { missingSecrets, secretsOfUser } from "../tls/user-only.ts";
import { poolerUsers } from "../users/pooler-users.ts";
import { poolerSecret, userSecret } from "../users/secrets.ts";
import { type PgCluster, secretField, type User } from "./model.ts";
import * as names from "./names.ts";
import type { View } from "./view.ts";

type Texts = Readonly<Record<string, string>>;

export interface SecretsResult {
  /** In the order in which they must be written. */
  readonly secrets: readonly KubeSecret[];
  readonly problems: readonly Problem[];
  /** When certificates have to be looked at again. Milliseconds since 1970. */
  readonly nextAt: number;
  /** True when Secrets of the user's are involved, which are looked at from time to time. */
  readonly foreign: boolean;
  /** Under `userProvidedOnly`: what the user has to make, such as `orders-cluster-cert (ca.crt)`. Undefined under the other policies. */
  readonly missing: readonly string[] | undefined;
  /** True while pods could not start for want of certificates: new ones are not made. */
  readonly waits: boolean;
}

export interface SecretsContext {
  readonly view: View;
  readonly instances: readonly string[];
  readonly random: RandomBytes;
  /** Reads a Secret that the informers do not have. */
  readonly foreign: (name: string) => Promise<ForeignSecret | undefined>;
  /** The same as it is now, and from then on kept from other clusters: it is about to become this one's. */
  readonly claim: (name: string) => Promise<ForeignSecret | undefined>;
}

interface Certificates {
  readonly secrets: readonly KubeSecret[];
  readonly nextAt: number;
  readonly missing?: readonly string[];
  readonly waits: boolean;
  /** What clients of the pooler see: `tls.crt`, `tls.key` and `ca.crt`. */
  readonly pooler: Texts | undefined;
}

const own =
  ({ view }: SecretsContext) =>
  (name: string): Texts | undefined =>
    textsOf(view.secrets.get(name));

/** Certificates of our own authority, or of the one that the user gives. */
async function ownCertificates(
  c: PgCluster,
  context: SecretsContext,
  given: Provided,
  problems: Problem[],
): Promise<Certificates> {
  const { view, instances } = context;
  if (given.waits) return { secrets: [], nextAt: Number.POSITIVE_INFINITY, waits: true, pooler: undefined };
  const all = wantedCertificates(c, instances, given.authority);
  const wanted = { ...all, leafs: all.leafs.filter(({ name }) => !given.leafs.has(name)) };
  const state = certificateState(c, instances, own(context));
  const plan = planCertificates(state, wanted, view.now);
  const issued = await issueCertificates(plan, { state, wanted, now: view.now });
  const secrets = certificateSecrets(c, instances, issued, given.leafs);
  const [authority] = secrets;
  const taken = await takenByUser(secrets, context);
  for (const name of taken) {
    const text = `Secret ${name} exists and is not Keelson's, so it is not overwritten. Delete or rename it; or set userProvidedOnly, if all certificates are to be yours.`;
    problems.push(problem("SecretNotOurs", "spec.tls.certManagementPolicy", text));
  }
  // What an authority signed that cannot be kept would be worth nothing.
  if (taken.has(authority?.metadata?.name ?? ""))
    return { secrets: [], nextAt: Number.POSITIVE_INFINITY, waits: true, pooler: undefined };
  const leaf = issued.leafs["pooler"];
  return {
    secrets: secrets.filter((secret) => !taken.has(secret.metadata?.name ?? "")),
    nextAt: isSettled(plan) ? plan.nextAt : view.now,
    waits: taken.size > 0,
    pooler:
      given.leafs.get("pooler") ??
      (leaf === undefined
        ? undefined
        : { "tls.crt": leaf.certificate, "tls.key": leaf.key, "ca.crt": trustBundle(issued.authority) }),
  };
}

/** Names of those that exist without this cluster's label: somebody else's. */
async function takenByUser(secrets: readonly KubeSecret[], context: SecretsContext): Promise<ReadonlySet<string>> {
  const unknown = secrets
    .map((secret) => secret.metadata?.name ?? "")
    .filter((name) => !context.view.secrets.has(name));
  const found = await Promise.all(unknown.map(async (name) => [name, await context.foreign(name)] as const));
  // With our label it is one that the informer has not seen so far.
  const isOthers = (secret: ForeignSecret | undefined): boolean =>
    secret !== undefined && secret.cluster !== context.view.cr.metadata.name;
  return new Set(found.filter(([, secret]) => isOthers(secret)).map(([name]) => name));
}

/** Certificates of the user's only: looked for, never made. */
async function userCertificates(c: PgCluster, context: SecretsContext, given: Provided): Promise<Certificates> {
  const { instances, foreign } = context;
  const wanted = secretsOfUser(c, instances, given.leafs);
  const server = names.serverSecret(c);
  const read = new Map<string, Texts | undefined>();
  for (const name of new Set([...wanted.map((secret) => secret.name), server]))
    read.set(name, own(context)(name) ?? (await foreign(name))?.texts);
  const missing = missingSecrets(wanted, (name) => read.get(name));
  const issued = { authority: { current: { certificate: "", key: "" } }, leafs: {} };
  // Pods read these two under the names of ours: they are copies of what the specification names, and nobody else's Secret becomes one.
  const copies = certificateSecrets(c, [], issued, given.leafs).filter(({ metadata }) => {
    const leaf =
      metadata?.name === server ? "server" : metadata?.name === names.replicationSecret(c) ? "replication" : "";
    return given.leafs.has(leaf);
  });
  const taken = await takenByUser(copies, context);
  return {
    secrets: copies.filter((secret) => !taken.has(secret.metadata?.name ?? "")),
    nextAt: Number.POSITIVE_INFINITY,
    missing,
    waits: missing.length > 0,
    pooler: given.leafs.get("pooler") ?? given.leafs.get("server") ?? read.get(server),
  };
}

export async function clusterSecrets(c: PgCluster, context: SecretsContext): Promise<SecretsResult> {
  const { view, random } = context;
  const problems: Problem[] = [];
  const foreign = async (name: string): Promise<Texts | undefined> => (await context.foreign(name))?.texts;
  const given = await providedCertificates(c, { now: view.now, foreign, own: own(context) }, problems);
  const certificates =
    c.tls.policy === "userProvidedOnly"
      ? await userCertificates(c, context, given)
      : await ownCertificates(c, context, given, problems);
  const secrets = [...certificates.secrets];

  const existing = own(context)(names.poolerSecret(c));
  const listed = c.pooler?.usersSecret === undefined ? undefined : await foreign(c.pooler.usersSecret);
  const users = poolerUsers(c, listed, existing?.["pgbouncer-users.txt"], problems);
  let refused = false;
  const pooler = poolerSecret(c, existing, { frontend: certificates.pooler, users, random });
  if (pooler !== undefined) {
    const taken = await takenByUser([pooler], context);
    if (taken.size === 0) secrets.push(pooler);
    else {
      const text = `Secret ${names.poolerSecret(c)} exists and is not Keelson's, so it is not overwritten. Delete or rename it.`;
      problems.push(problem("SecretNotOurs", "spec.proxy.pgBouncer", text));
      refused = true;
    }
  }
  for (const user of c.users) {
    const made = await secretOfUser(c, user, context);
    if ("reason" in made) {
      problems.push(made);
      refused = true;
    } else secrets.push(made);
  }
  const { missing, waits } = certificates;
  // What has no place to be kept is never done: it is tried again when somebody may have made room for it, and not at once.
  const nextAt = waits || refused ? Math.max(certificates.nextAt, view.now + FOREIGN_TTL_MS) : certificates.nextAt;
  const looksElsewhere =
    Object.keys(c.tls.custom).length > 0 ||
    c.pooler?.usersSecret !== undefined ||
    missing !== undefined ||
    waits ||
    refused;
  return { secrets, problems, nextAt, foreign: looksElsewhere, missing, waits };
}

/** A user's Secret as it should be, or why it is left as it is. */
async function secretOfUser(c: PgCluster, user: User, context: SecretsContext): Promise<KubeSecret | Problem> {
  const { secretName } = user;
  const field = secretField(user);
  const refusal = (texts: Texts): Problem | undefined => {
    const bad = passwordProblem(texts);
    return bad === undefined ? undefined : problem("SecretInvalid", field, `Secret ${secretName}: ${bad}`);
  };
  let present = own(context)(secretName);
  if (present === undefined) {
    // One that the user made has none of our labels yet: it is taken over with its password. What is refused is not read anew each time.
    for (const look of [context.foreign, context.claim]) {
      const other = await look(secretName);
      if (other?.cluster !== undefined && other.cluster !== c.name) {
        const text = `Secret ${secretName} belongs to cluster ${other.cluster}, so it is not overwritten. Name another Secret, or delete this one if that cluster is gone.`;
        return problem("SecretNotOurs", field, text);
      }
      present = other?.texts;
      const refused = refusal(present ?? {});
      if (refused !== undefined) return refused;
    }
  }
  return refusal(present ?? {}) ?? userSecret(c, user, present, context.random);
}

function passwordProblem(texts: Texts): string | undefined {
  const password = texts["password"] ?? "";
  if (password.includes("\0"))
    return "the password has a zero byte. Write another one; the old password stays in use until then.";
  if (password.includes("\uFFFD"))
    return "the password is not UTF-8. Write another one; the old password stays in use until then.";
  return undefined;
}
