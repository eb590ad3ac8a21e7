/** All Secrets of a cluster: what is missing is made, what is there is kept. The only place of this package that uses randomness. */
import { isSettled, issueCertificates, type KeyPair, planCertificates, type RandomBytes } from "@keelson/engine";
import type { KubeSecret } from "@keelson/kube";
import { type Problem, problem } from "../reasons.ts";
import {
  type CertificateKeys,
  certificateProblem,
  certificateSecrets,
  certificateState,
  textsOf,
  wantedCertificates,
} from "../tls/certificates.ts";
import { poolerSecret, userSecret } from "../users/secrets.ts";
import type { PgCluster } from "./model.ts";
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
}

export interface SecretsContext {
  readonly view: View;
  readonly instances: readonly string[];
  readonly random: RandomBytes;
  /** Reads a Secret that is not ours. */
  readonly foreign: (name: string) => Promise<Texts | undefined>;
}

/** Certificates of the user's that can be used, and which of ours they replace. */
interface Provided {
  readonly authority: KeyPair | undefined;
  /** By the name of the leaf that they stand for. */
  readonly leafs: ReadonlyMap<string, Texts>;
}

async function provided(c: PgCluster, context: SecretsContext, problems: Problem[]): Promise<Provided> {
  const { foreign, view } = context;
  const leafs = new Map<string, Texts>();
  const check = async (name: string, field: string, keys: CertificateKeys): Promise<Texts | undefined> => {
    const texts = await foreign(name);
    const wrong = certificateProblem(texts, keys, view.now);
    if (wrong === undefined) return texts;
    const reason = texts === undefined ? "SecretNotFound" : "SecretInvalid";
    problems.push(
      problem(reason, field, `Secret ${name}: ${wrong}. The certificates in use stay until it is corrected.`),
    );
    return undefined;
  };
  const { server, replication, ca } = c.tls.custom;
  const keys = { certificate: "tls.crt", key: "tls.key", ...(ca === undefined ? { authority: "ca.crt" } : {}) };
  const leaf = async (leafName: string, name: string | undefined, field: string, secret: string): Promise<void> => {
    if (name === undefined) return;
    const kept = textsOf(view.secrets.get(secret));
    const texts = (await check(name, field, keys)) ?? kept;
    if (texts !== undefined) leafs.set(leafName, texts);
  };
  await leaf("server", server, "spec.secrets.customTLSSecret", names.serverSecret(c));
  await leaf("replication", replication, "spec.secrets.customReplicationTLSSecret", names.replicationSecret(c));
  if (ca === undefined) return { authority: undefined, leafs };
  const root = await check(ca, "spec.secrets.customRootCATLSSecret", { certificate: "root.crt", key: "root.key" });
  const authority =
    root === undefined ? undefined : { certificate: root["root.crt"] ?? "", key: root["root.key"] ?? "" };
  return { authority, leafs };
}

async function poolerUsers(c: PgCluster, context: SecretsContext, problems: Problem[]): Promise<Texts> {
  const name = c.pooler?.usersSecret;
  if (name === undefined) return {};
  const field = "spec.proxy.pgBouncer.usersSecret";
  const texts = await context.foreign(name);
  if (texts === undefined) {
    problems.push(
      problem(
        "SecretNotFound",
        field,
        `Secret ${name} does not exist. Create it with a key for each user and the password as value.`,
      ),
    );
    return {};
  }
  const usable = Object.entries(texts).filter(([user, password]) => {
    const bad = user.startsWith("_crunchy")
      ? "is a name of the operator's"
      : /[\n\r]/.test(password)
        ? "has a line break in its password"
        : undefined;
    if (bad !== undefined)
      problems.push(
        problem("SecretInvalid", field, `Secret ${name}: user ${user} ${bad}. Remove or correct this key.`),
      );
    return bad === undefined;
  });
  return Object.fromEntries(usable);
}

export async function clusterSecrets(c: PgCluster, context: SecretsContext): Promise<SecretsResult> {
  const { view, instances, random } = context;
  const problems: Problem[] = [];
  const own = (name: string): Texts | undefined => textsOf(view.secrets.get(name));
  const given = await provided(c, context, problems);
  const all = wantedCertificates(c, instances, given.authority);
  const wanted = { ...all, leafs: all.leafs.filter(({ name }) => !given.leafs.has(name)) };
  const state = certificateState(c, instances, own);
  const plan = planCertificates(state, wanted, view.now);
  const issued = await issueCertificates(plan, { state, wanted, now: view.now });
  const secrets: KubeSecret[] = certificateSecrets(c, instances, issued, given.leafs);

  const users = await poolerUsers(c, context, problems);
  const customPooler = c.tls.custom.pooler === undefined ? undefined : await context.foreign(c.tls.custom.pooler);
  if (c.tls.custom.pooler !== undefined) {
    const wrong = certificateProblem(customPooler, { certificate: "tls.crt", key: "tls.key" }, view.now);
    if (wrong !== undefined) {
      problems.push(
        problem(
          customPooler === undefined ? "SecretNotFound" : "SecretInvalid",
          "spec.proxy.pgBouncer.customTLSSecret",
          `Secret ${c.tls.custom.pooler}: ${wrong}.`,
        ),
      );
    }
  }
  const pooler = poolerSecret(c, own(names.poolerSecret(c)), { issued, users, custom: customPooler, random });
  if (pooler !== undefined) secrets.push(pooler);
  for (const user of c.users) {
    // A Secret that the user made has none of our labels yet: it is taken over with its password.
    const existing = own(user.secretName) ?? (await context.foreign(user.secretName));
    const bad = existing === undefined ? undefined : passwordProblem(existing);
    if (bad !== undefined) {
      problems.push(
        problem("SecretInvalid", `spec.users[${user.name}].secretName`, `Secret ${user.secretName}: ${bad}`),
      );
      continue;
    }
    secrets.push(userSecret(c, user, existing, random));
  }
  const foreign = Object.keys(c.tls.custom).length > 0 || c.pooler?.usersSecret !== undefined;
  return { secrets, problems, nextAt: isSettled(plan) ? plan.nextAt : view.now, foreign };
}

function passwordProblem(texts: Texts): string | undefined {
  const password = texts["password"] ?? "";
  if (password.includes("\0"))
    return "the password has a zero byte. Write another one; the old password stays in use until then.";
  if (password.includes("\uFFFD"))
    return "the password is not UTF-8. Write another one; the old password stays in use until then.";
  return undefined;
}
