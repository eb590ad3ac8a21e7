import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { pgCluster } from "../testing/fixtures.ts";
import { dynamicConfig, hbaLine, hbaLines, restoreCommand } from "./dynamic-config.ts";
import { clusterPatroniYaml, instancePatroniYaml } from "./patroni-config.ts";

type Config = {
  postgresql: { parameters: Record<string, unknown>; pg_hba: string[]; use_slots: boolean };
  [k: string]: unknown;
};
const config = (spec: object = {}): Config => dynamicConfig(pgCluster(spec as never)) as unknown as Config;
const withParameters = (parameters: object) =>
  config({ patroni: { dynamicConfiguration: { postgresql: { parameters } } } });

describe("parameters", () => {
  test("the user's win over defaults and lose against what the cluster relies on", () => {
    const { parameters } = withParameters({
      work_mem: "8MB",
      jit: "on",
      ssl: "off",
      archive_mode: "off",
      restore_command: "mine",
    }).postgresql;
    assert.equal(parameters["work_mem"], "8MB");
    assert.equal(parameters["jit"], "on");
    assert.equal(parameters["ssl"], "on");
    assert.equal(parameters["archive_mode"], "on");
    assert.equal(parameters["restore_command"], "mine");
  });
  test("libraries of the user and of the extensions, citus first", () => {
    const { parameters } = withParameters({ shared_preload_libraries: "mine, citus" }).postgresql;
    assert.equal(parameters["shared_preload_libraries"], "citus,mine,pgaudit");
  });
  test("without backups nothing is archived, and slots keep what replicas need", () => {
    const c = config({ backups: { enabled: false } });
    assert.equal(c.postgresql.parameters["archive_command"], "true");
    assert.equal(c.postgresql.parameters["restore_command"], undefined);
    assert.equal(c.postgresql.use_slots, true);
  });
});

describe("replication", () => {
  test("is synchronous by quorum with several instances, unless the user decides", () => {
    const one = { instances: [{ name: "i", replicas: 1, dataVolumeClaimSpec: {} }] };
    assert.equal(config()["synchronous_mode"], "quorum");
    assert.equal(config(one)["synchronous_mode"], undefined);
    assert.equal(config({ patroni: { dynamicConfiguration: { synchronous_mode: false } } })["synchronous_mode"], false);
  });
  test("decides whether the archive is asked for what is being streamed", () => {
    const asksForAll = (mode: unknown): boolean => {
      const spec = mode === undefined ? {} : { patroni: { dynamicConfiguration: { synchronous_mode: mode } } };
      return config(spec).postgresql.parameters["restore_command"] === restoreCommand(false);
    };
    for (const mode of [undefined, true, "on", "quorum"]) assert.equal(asksForAll(mode), false, String(mode));
    for (const mode of [false, "off"]) assert.equal(asksForAll(mode), true, String(mode));
    for (const value of ["off", "local", false]) {
      const { parameters } = withParameters({ synchronous_commit: value }).postgresql;
      assert.equal(parameters["restore_command"], restoreCommand(false), `synchronous_commit ${value}`);
    }
  });
  for (const [ttl, loopWait] of [
    [30, 10],
    [20, 5],
    [10, 3],
  ] as const) {
    test(`a primary cannot outlive its lock with ttl ${ttl} and loop ${loopWait}`, () => {
      const c = config({ patroni: { leaderLeaseDurationSeconds: ttl, syncPeriodSeconds: loopWait } });
      assert.ok(loopWait + 2 * Number(c["retry_timeout"]) <= ttl);
    });
  }
});

describe("pg_hba.conf", () => {
  test("system roles first, the user's rules next, and TLS for all others only without any", () => {
    assert.equal(hbaLines(pgCluster())[0], 'local all "postgres" peer');
    assert.equal(hbaLines(pgCluster()).at(-1), "hostssl all all all scram-sha-256");
    const own = pgCluster({
      authentication: { rules: [{ connection: "host", databases: ["shop"], method: "password" }] },
      tlsOnly: true,
    } as never);
    assert.equal(hbaLines(own).at(-1), 'hostssl "shop" all all scram-sha-256');
  });
  for (const [rule, line] of [
    [{ hba: "host all all 10.0.0.0/8 md5" }, "host all all 10.0.0.0/8 md5"],
    [{ connection: "local", method: "peer" }, "local all all peer"],
    [
      { connection: "hostssl", users: ['a"b'], method: "ldap", options: { ldapserver: "x" } },
      'hostssl all "a""b" all ldap ldapserver="x"',
    ],
  ] as const) {
    test(line, () => assert.equal(hbaLine(rule), line));
  }
});

test("Patroni's files are YAML with what it looks for", () => {
  const c = pgCluster();
  const cluster = parse(clusterPatroniYaml(c)) as { scope: string; kubernetes: Record<string, unknown> };
  assert.equal(cluster.scope, "orders-ha");
  assert.equal(cluster.kubernetes["use_endpoints"], true);
  const labelled = pgCluster({ metadata: { labels: { team: "shop" } } } as never);
  assert.deepEqual(
    (parse(clusterPatroniYaml(labelled)) as typeof cluster).kubernetes["labels"],
    { "postgres-operator.crunchydata.com/cluster": "orders" },
    "members with other labels than these would not be found",
  );
  const [set] = c.sets;
  assert.ok(set !== undefined);
  const instance = parse(instancePatroniYaml(c, set)) as { postgresql: { create_replica_methods: string[] } };
  assert.deepEqual(instance.postgresql.create_replica_methods, ["pgbackrest", "basebackup"]);
});
