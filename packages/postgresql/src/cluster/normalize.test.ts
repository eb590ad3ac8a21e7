import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { perconaManifests } from "@keelson/kube/testing";
import { parse } from "yaml";
import { catalogue, clusterResource, pgCluster } from "../testing/fixtures.ts";
import { durationMs } from "./duration.ts";
import { normalize } from "./normalize.ts";

test("fills in the defaults of the contract", () => {
  const c = pgCluster();
  assert.equal(c.image, "keelson/postgresql:17");
  assert.equal(c.patroni.ttl, 30);
  assert.equal(c.patroni.loopWait, 10);
  assert.deepEqual(
    c.users.map((u) => [u.name, u.databases, u.secretName]),
    [["orders", ["orders"], "orders-pguser-orders"]],
  );
  assert.equal(c.sets[0]?.minAvailable, 1);
  assert.equal(c.pooler?.minAvailable, 0);
  assert.equal(c.backups.enabled, true);
});

test("a pooler with no replicas is no pooler", () => {
  assert.equal(pgCluster({ proxy: { pgBouncer: { replicas: 0 } } }).pooler, undefined);
  assert.equal(normalize(clusterResource({ proxy: undefined } as never), catalogue).cluster.pooler, undefined);
});

test("names of sets that are left out are their two-digit index", () => {
  const claim = { accessModes: ["ReadWriteOnce"] };
  assert.deepEqual(
    pgCluster({ instances: [{ dataVolumeClaimSpec: claim }, { dataVolumeClaimSpec: claim }] } as never).sets.map(
      (s) => s.name,
    ),
    ["00", "01"],
  );
});

const refusals: [string, Parameters<typeof clusterResource>[0], string, string][] = [
  ["a version that has no image", { postgresVersion: 14 }, "UnknownVersion", "spec.postgresVersion"],
  [
    "a node port without a service type for it",
    { expose: { nodePort: 30_000 } } as never,
    "MisconfiguredClusterIP",
    "spec.expose.nodePort",
  ],
  [
    "a repository without a place",
    { backups: { pgbackrest: { repos: [{ name: "repo1" }] } } },
    "InvalidBackupRepo",
    "spec.backups.pgbackrest.repos[repo1]",
  ],
  [
    "a wal_level that ends replication",
    { patroni: { dynamicConfiguration: { postgresql: { parameters: { wal_level: "minimal" } } } } } as never,
    "InvalidParameter",
    "spec.patroni.dynamicConfiguration.postgresql.parameters.wal_level",
  ],
  ["what does not exist yet", { standby: { enabled: true, host: "x" } } as never, "UnsupportedFeature", "spec.standby"],
  [
    "two users with one Secret",
    { users: [{ name: "a" }, { name: "b", secretName: "orders-pguser-a" }] } as never,
    "InvalidUser",
    "spec.users[b].secretName",
  ],
  [
    "a user with a Secret of the cluster's",
    { users: [{ name: "a", secretName: "orders-cluster-cert" }] } as never,
    "InvalidUser",
    "spec.users[a].secretName",
  ],
  [
    "a user with the Secret of a certificate",
    { users: [{ name: "a", secretName: "mine" }], secrets: { customTLSSecret: { name: "mine" } } } as never,
    "InvalidUser",
    "spec.users[a].secretName",
  ],
];

for (const [what, spec, reason, field] of refusals) {
  test(`refuses ${what}, naming the field`, () => {
    const { problems } = normalize(clusterResource(spec), catalogue);
    assert.deepEqual(
      problems.map((p) => [p.reason, p.field]),
      [[reason, field]],
    );
    assert.match(problems[0]?.message ?? "", /\. ?|Remove|Set|Choose/);
  });
}

test("a version of which the user names the image is accepted", () => {
  assert.deepEqual(normalize(clusterResource({ postgresVersion: 14, image: "mine:14" }), catalogue).problems, []);
});

const percona = perconaManifests("postgresql");

test("Percona's sample is accepted unchanged", { skip: percona.missing }, () => {
  const text = readFileSync(`${percona.folder}/cr.yaml`, "utf8");
  const { cluster, problems } = normalize(parse(text), catalogue);
  assert.deepEqual(problems, []);
  assert.equal(cluster.sets[0]?.replicas, 3);
  assert.equal(cluster.pooler?.replicas, 3);
  assert.equal(cluster.backups.repos[0]?.schedules.full, "0 0 * * 6");
});

const HOUR = 3_600_000;

test("reads durations as Go writes them, whole, and nothing else", () => {
  const read: [string, number | undefined][] = [
    ["8760h", 8760 * HOUR],
    ["8760h0m0s", 8760 * HOUR],
    ["1h30m", 1.5 * HOUR],
    ["1.5h", 1.5 * HOUR],
    ["90d", 90 * 24 * HOUR],
    ["1h 30m", undefined],
    ["365", undefined],
    ["-1h", undefined],
    ["nonsense", undefined],
    ["", undefined],
  ];
  for (const [text, expected] of read) assert.equal(durationMs(text), expected, text);
});

test("a validity that is no duration is refused with its value, a good one is used", () => {
  const { cluster } = normalize(clusterResource({ tls: { certValidityDuration: "2160h0m0s" } }), catalogue);
  assert.equal(cluster.tls.certDays, 90);
  const [found] = normalize(clusterResource({ tls: { certValidityDuration: "a year" } }), catalogue).problems;
  assert.equal(found?.field, "spec.tls.certValidityDuration");
  assert.match(found?.message ?? "", /^"a year" is not a duration/);
});
