/** What clients see: certificates change under a running cluster and everybody goes on trusting everybody, and poolers hold queries. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { connect as connectTls, type PeerCertificate } from "node:tls";
import { type Namespace, openNamespace } from "./namespace.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { clusterManifest } from "./postgresql.ts";
import { until } from "./until.ts";

/** What a PostgreSQL client asks before TLS begins. Source: PostgreSQL manual, message formats, SSLRequest. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** The certificate that a server shows to a client that trusts `ca`. Throws when the client would not go on. */
async function shownCertificate(host: string, ca: string, servername: string): Promise<PeerCertificate> {
  const socket = connect(5432, host);
  await once(socket, "connect");
  socket.write(SSL_REQUEST);
  const [answer] = (await once(socket, "data")) as [Buffer];
  assert.equal(answer.toString(), "S");
  const secure = connectTls({ socket, ca, servername });
  try {
    await once(secure, "secureConnect");
    return secure.getPeerCertificate();
  } finally {
    secure.destroy();
  }
}

describe("PostgreSQL's certificates and poolers", () => {
  let platform: Platform;
  let space: Namespace;

  before(async () => {
    platform = await startPlatform();
    space = await openNamespace(platform, "clients");
    await space.apply(clusterManifest("kept", { instances: 2, poolers: 1 }));
    await space.untilReady("kept", 600_000);
  });
  after(() => platform?.stop());

  const address = () =>
    until("an address of the primary", 30_000, async () => {
      const ip = await space.kubectl(
        "get",
        "service",
        "kept-ha",
        "-o",
        "jsonpath={.status.loadBalancer.ingress[0].ip}",
      );
      return ip !== "" && ip;
    });
  /** Start of the server, and what must not have changed with it. */
  const lives = () => space.psql("kept", "SELECT pg_postmaster_start_time()", "postgres");
  const streaming = () =>
    space.psql("kept", "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", "postgres");
  const authority = async () => (await space.secret("kept-cluster-cert"))["ca.crt"] ?? "";
  const serial = async (ca: string) =>
    (await shownCertificate(await address(), ca, "kept-primary.clients.svc")).serialNumber;

  test("the server shows a certificate of the cluster's authority for its Service's name", async () => {
    assert.match(await serial(await authority()), /^[0-9A-F]+$/);
  });

  test("a deleted certificate is made anew and shown without a restart", async () => {
    const [ca, started] = [await authority(), await lives()];
    const old = await serial(ca);
    await space.kubectl("delete", "secret", "kept-cluster-cert");
    await until("another certificate", 180_000, async () => (await serial(ca)) !== old);
    assert.equal(await lives(), started);
    assert.equal(await streaming(), "1");
  });

  test("a deleted authority is made anew with all it signed, without a restart, and backups work on", async () => {
    const [old, started] = [await authority(), await lives()];
    await space.kubectl("delete", "secret", "kept-cluster-ca-cert");
    const now = await until("another authority", 60_000, async () => {
      const ca = await authority();
      return ca !== "" && ca !== old && ca;
    });
    await until("the server shows a certificate of the new one", 180_000, async () => (await serial(now)) !== "");
    await until("the replica streams", 120_000, async () => (await streaming()) === "1");
    assert.equal(await lives(), started);
    await space.untilReady("kept");
    const { "pgbouncer-uri": uri = "" } = await space.secret("kept-pguser-kept");
    await until(
      "the pooler reaches the server",
      120_000,
      async () => (await space.psql("kept", "SELECT 1", uri)) === "1",
    );
    const backup = {
      apiVersion: "pgv2.percona.com/v2",
      kind: "PerconaPGBackup",
      metadata: { name: "after" },
      spec: { pgCluster: "kept", repoName: "repo1" },
    };
    await until("a backup", 180_000, async () => {
      await space.apply(JSON.stringify(backup));
      const state = await space.kubectl("get", "pg-backup", "after", "-o", "jsonpath={.status.state}");
      assert.notEqual(state, "Failed");
      return state === "Succeeded";
    });
    assert.equal(await lives(), started);
  });

  /** Whether a pooler lets a query through within three seconds: one that is held would wait for two minutes, `query_wait_timeout`. */
  async function answers(): Promise<boolean> {
    const { "pgbouncer-uri": uri = "" } = await space.secret("kept-pguser-kept");
    const query = ["timeout", "--signal=KILL", "3", "psql", "-XAtqc", "SELECT 1", uri];
    return await space.kubectl("exec", await space.primary("kept"), "-c", "database", "--", ...query).then(
      (text) => text.trim() === "1",
      () => false,
    );
  }

  test("poolers hold all queries while they are paused, one that is made meanwhile too, and let them go afterwards", async () => {
    await until("an answer", 60_000, answers);
    const pause = (paused: boolean) => space.patch("kept", { proxy: { pgBouncer: { paused } } });
    await pause(true);
    await until("no answer", 120_000, async () => !(await answers()));
    const selector = "postgres-operator.crunchydata.com/role=pgbouncer";
    await space.kubectl("delete", "pod", "-l", selector, "--wait=true", "--timeout=120s");
    await space.kubectl("rollout", "status", "deployment/kept-pgbouncer", "--timeout=120s");
    for (let i = 0; i < 3; i++) {
      if (await answers()) throw new Error("a new pooler of a paused cluster let a query through");
    }
    await pause(false);
    await until("an answer again", 120_000, answers);
  });
});
