import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { certificateFacts, secretData, secretTexts } from "@keelson/engine";
import type { KubeSecret, Live } from "@keelson/kube";
import type { PerconaPGCluster } from "@keelson/resources";
import type { ForeignSecret } from "../runtime/foreign-secrets.ts";
import { authority, leafSecret } from "../testing/certificates.ts";
import { live, NOW, pgCluster, viewOf } from "../testing/fixtures.ts";
import { clusterSecrets, type SecretsResult } from "./secrets.ts";

type Texts = Readonly<Record<string, string>>;
type Spec = Partial<PerconaPGCluster["spec"]>;

const INSTANCES = ["orders-i-aaaa"];

/** One look at the Secrets: `own` are those that the operator has written, `theirs` those of the user. */
async function look(
  spec: Spec,
  {
    own = {},
    theirs = {},
    now = NOW,
  }: { own?: Readonly<Record<string, Texts>>; theirs?: Readonly<Record<string, Texts>>; now?: number } = {},
): Promise<SecretsResult & { readonly written: Readonly<Record<string, Texts>> }> {
  const secrets = new Map<string, Live<KubeSecret>>(
    Object.entries(own).map(([name, texts]) => [
      name,
      live<KubeSecret>({ metadata: { name }, data: secretData(texts) }),
    ]),
  );
  const foreign = async (name: string): Promise<ForeignSecret | undefined> =>
    theirs[name] === undefined ? undefined : { texts: theirs[name], cluster: undefined };
  const result = await clusterSecrets(pgCluster(spec), {
    view: { ...viewOf(), secrets, now },
    instances: INSTANCES,
    random: (size) => new Uint8Array(size).fill(7),
    foreign,
    claim: foreign,
  });
  const written = Object.fromEntries(
    result.secrets.map((secret) => [secret.metadata?.name ?? "", secretTexts(secret.data)]),
  );
  return { ...result, written };
}

const words = (result: SecretsResult): string[] => result.problems.map((p) => `${p.reason} ${p.field}: ${p.message}`);

describe("the user's certificates", () => {
  const ask: Spec = { secrets: { customTLSSecret: { name: "mine" } } };

  test("a good one is used; only the server's and the replication's peers trust its authority", async () => {
    const by = await authority();
    const mine = await leafSecret(by);
    const { written, problems } = await look(ask, { theirs: { mine } });
    assert.deepEqual(problems, []);
    assert.equal(written["orders-cluster-cert"]?.["tls.crt"], mine["tls.crt"]);
    for (const name of ["orders-cluster-cert", "orders-replication-cert"])
      assert.ok(written[name]?.["ca.crt"]?.includes(by.certificate.trim()), name);
    assert.ok(!written["orders-i-aaaa-certs"]?.["patroni.ca-roots"]?.includes(by.certificate.trim()));
    assert.ok(!written["orders-pgbackrest"]?.["pgbackrest.ca-roots"]?.includes(by.certificate.trim()));
  });

  test("one that is wrong is named with its key, and what is in use stays", async () => {
    const [by, other] = [await authority(), await authority("other")];
    const good = await leafSecret(by);
    const before = await look(ask, { theirs: { mine: good } });
    const wrong: [string, Texts, RegExp][] = [
      ["no key", { ...good, "tls.key": "" }, /Secret mine: has no tls\.key\. Add it/],
      ["another authority", { ...good, "ca.crt": other.certificate }, /tls\.crt is not signed by ca\.crt/],
      ["another name", await leafSecret(by, { dnsNames: ["elsewhere"] }), /not for orders-primary .*elsewhere/],
      ["expired", await leafSecret(by, { validityMs: 1, now: NOW - 7_200_000 }), /has expired/],
    ];
    for (const [what, mine, expected] of wrong) {
      const result = await look(ask, { own: before.written, theirs: { mine } });
      assert.match(words(result).join(), expected, what);
      assert.equal(result.written["orders-cluster-cert"]?.["tls.crt"], good["tls.crt"], what);
    }
  });

  test("replication needs the name of its user", async () => {
    const by = await authority();
    const spec: Spec = { secrets: { customReplicationTLSSecret: { name: "mine" } } };
    const bad = await look(spec, { theirs: { mine: await leafSecret(by, { commonName: "somebody" }) } });
    assert.match(words(bad).join(), /"somebody", and needs "_crunchyrepl"/);
    const good = await look(spec, { theirs: { mine: await leafSecret(by, { commonName: "_crunchyrepl" }) } });
    assert.deepEqual(good.problems, []);
  });

  test("with an authority of the user's, certificates that it did not sign are refused", async () => {
    const [by, other] = [await authority(), await authority("other")];
    const spec: Spec = { secrets: { customRootCATLSSecret: { name: "root" }, customTLSSecret: { name: "mine" } } };
    const root = { "root.crt": by.certificate, "root.key": by.key };
    const { "ca.crt": _, ...mine } = await leafSecret(other);
    assert.match(words(await look(spec, { theirs: { root, mine } })).join(), /not signed by the root\.crt/);
    const { "ca.crt": __, ...good } = await leafSecret(by);
    assert.deepEqual((await look(spec, { theirs: { root, mine: good } })).problems, []);
  });

  test("a leaf is no authority", async () => {
    const leaf = await leafSecret(await authority());
    const root = { "root.crt": leaf["tls.crt"] ?? "", "root.key": leaf["tls.key"] ?? "" };
    const result = await look({ secrets: { customRootCATLSSecret: { name: "root" } } }, { theirs: { root } });
    assert.match(words(result).join(), /CA:TRUE is missing/);
  });

  test("while the Secret of the user's authority is missing, it stays; before it was ever there, nothing is made", async () => {
    const by = await authority();
    const spec: Spec = { secrets: { customRootCATLSSecret: { name: "root" } } };
    const none = await look(spec);
    assert.equal(none.waits, true);
    assert.equal(none.written["orders-cluster-ca-cert"], undefined);
    const root = { "root.crt": by.certificate, "root.key": by.key };
    const first = await look(spec, { theirs: { root } });
    const later = await look(spec, { own: first.written, now: NOW + 86_400_000 * 2 });
    assert.match(words(later).join(), /SecretNotFound spec\.secrets\.customRootCATLSSecret/);
    assert.deepEqual(later.written["orders-cluster-ca-cert"], first.written["orders-cluster-ca-cert"]);
    assert.equal(later.written["orders-cluster-cert"]?.["tls.crt"], first.written["orders-cluster-cert"]?.["tls.crt"]);
  });
});

test("the user's authority that has expired is named, and followed by one of ours that stays", async () => {
  const by = await authority();
  const spec: Spec = { secrets: { customRootCATLSSecret: { name: "root" } } };
  const theirs = { root: { "root.crt": by.certificate, "root.key": by.key } };
  const CA = "orders-cluster-ca-cert";
  const { written: before } = await look(spec, { theirs });
  const now = certificateFacts(by.certificate).notAfter + 1_000;
  const after = await look(spec, { own: before, theirs, now });
  assert.match(words(after).join(), /SecretInvalid spec\.secrets\.customRootCATLSSecret: .*expired/);
  const root = after.written[CA]?.["root.crt"] ?? "";
  assert.equal(certificateFacts(root).commonName, "orders-ca");
  assert.ok(
    certificateFacts(after.written["orders-cluster-cert"]?.["tls.crt"] ?? "").isSignedBy(certificateFacts(root)),
  );
  const later = await look(spec, { own: after.written, theirs, now: now + 60_000 });
  assert.deepEqual(later.written, after.written);
  assert.ok(later.nextAt > now + 60_000, "nothing is left to do");
});

test("the user's authority is marked as such when its Secret is good, never one of ours that stays in its place", async () => {
  const by = await authority();
  const spec: Spec = { secrets: { customRootCATLSSecret: { name: "root" } } };
  const theirs = { root: { "root.crt": by.certificate, "root.key": by.key } };
  const CA = "orders-cluster-ca-cert";
  const marked = (await look(spec, { theirs })).written;
  const { "root.provided": mark, ...before } = marked[CA] ?? {};
  assert.equal(mark, "true");
  const upgraded = { ...marked, [CA]: before };
  assert.deepEqual((await look(spec, { own: upgraded, theirs })).written[CA], marked[CA]);
  assert.deepEqual((await look(spec, { own: upgraded })).written[CA], before);
  const { written: ours } = await look({});
  assert.deepEqual((await look(spec, { own: ours })).written[CA], ours[CA]);
});

describe("the pooler", () => {
  const ask = (more: object): Spec => ({ proxy: { pgBouncer: { replicas: 1, ...more } } });

  test("a certificate without its key is not mixed with ours, and the old one stays", async () => {
    const spec = ask({ customTLSSecret: { name: "mine" } });
    const good = await leafSecret(await authority(), { dnsNames: ["orders-pgbouncer"] });
    const first = await look(spec, { theirs: { mine: good } });
    assert.equal(first.written["orders-pgbouncer"]?.["pgbouncer-frontend.crt"], good["tls.crt"]);
    const settled = await look(spec, { own: first.written, theirs: { mine: good } });
    assert.ok(settled.nextAt > NOW, "nothing is left to be done");
    const later = await look(spec, { own: first.written, theirs: { mine: { "tls.crt": good["tls.crt"] ?? "" } } });
    assert.match(words(later).join(), /customTLSSecret: Secret mine: has no tls\.key/);
    assert.equal(later.written["orders-pgbouncer"]?.["pgbouncer-frontend.key"], good["tls.key"]);
    const fresh = await look(spec, { theirs: { mine: { "tls.crt": good["tls.crt"] ?? "" } } });
    assert.notEqual(fresh.written["orders-pgbouncer"]?.["pgbouncer-frontend.crt"], good["tls.crt"]);
  });

  test("users of a Secret that is gone can still log in", async () => {
    const spec = ask({ usersSecret: { name: "logins" } });
    const first = await look(spec, { theirs: { logins: { 'a"b': 'p"w', c: "d" } } });
    const file = first.written["orders-pgbouncer"]?.["pgbouncer-users.txt"];
    assert.match(file ?? "", /"a""b" "p""w"\n"c" "d"\n$/);
    const later = await look(spec, { own: first.written });
    assert.equal(later.written["orders-pgbouncer"]?.["pgbouncer-users.txt"], file);
    assert.match(words(later).join(), /SecretNotFound .*logins does not exist/);
  });
});

describe("whose Secrets they are", () => {
  for (const [name, waits] of [
    ["orders-cluster-cert", true],
    ["orders-pgbouncer", false],
  ] as const) {
    test(`a Secret ${name} that somebody else made is never overwritten`, async () => {
      const result = await look({}, { theirs: { [name]: { "tls.crt": "theirs" } } });
      assert.equal(result.written[name], undefined);
      assert.equal(result.waits, waits);
      assert.ok(result.foreign && result.nextAt > NOW + 1_000, "it is not tried again at once, but some time");
      assert.match(words(result).join(), new RegExp(`SecretNotOurs .*${name} exists and is not Keelson's`));
    });
  }

  test("userProvidedOnly makes no certificate, lists what is missing, and uses what is there", async () => {
    const spec: Spec = { tls: { certManagementPolicy: "userProvidedOnly" } };
    const none = await look(spec);
    assert.deepEqual(
      Object.keys(none.written).filter((name) => /cert|pgbackrest/.test(name)),
      [],
    );
    assert.equal(none.waits, true);
    assert.deepEqual(none.missing?.[0], "orders-cluster-cert (tls.crt, tls.key, ca.crt)");
    assert.equal(none.missing?.length, 4);
    const server = await leafSecret(await authority());
    const backup = ["ca-roots", "client.crt", "client.key", "repo-host.crt", "repo-host.key"];
    const all = {
      "orders-cluster-cert": server,
      "orders-replication-cert": { ...server, "ca.crt": "" },
      "orders-pgbackrest": Object.fromEntries(
        backup.map((key) => [key === "ca-roots" ? `pgbackrest.${key}` : `pgbackrest-${key}`, "x"]),
      ),
      "orders-i-aaaa-certs": {
        "patroni.ca-roots": "x",
        "patroni.crt-combined": "x",
        "pgbackrest-server.crt": "x",
        "pgbackrest-server.key": "x",
      },
    };
    const almost = await look(spec, { theirs: all });
    assert.deepEqual(almost.missing, ["orders-replication-cert (ca.crt)"]);
    const done = await look(spec, { theirs: { ...all, "orders-replication-cert": server } });
    assert.deepEqual([done.missing, done.waits], [[], false]);
    assert.equal(done.written["orders-pgbouncer"]?.["pgbouncer-frontend.crt"], server["tls.crt"]);
    assert.equal(done.written["orders-cluster-cert"], undefined);
  });

  test("without the user's doing everything is signed by one authority", async () => {
    const { written, waits, missing } = await look({});
    assert.deepEqual([waits, missing], [false, undefined]);
    const ca = certificateFacts(written["orders-cluster-ca-cert"]?.["root.crt"] ?? "");
    assert.ok(certificateFacts(written["orders-cluster-cert"]?.["tls.crt"] ?? "").isSignedBy(ca));
    assert.ok(certificateFacts(written["orders-pgbouncer"]?.["pgbouncer-frontend.crt"] ?? "").isSignedBy(ca));
  });
});
