import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { comparable, loadAliases, standIn } from "./alias.ts";

const aliases = loadAliases(join(import.meta.dirname, "../../../../images/aliases.yaml"));

test("Percona's names lead to our images", () => {
  const expected: Record<string, string | undefined> = {
    "docker.io/perconalab/percona-postgresql-operator:main-ppg18-postgres": "keelson/postgresql:18",
    "docker.io/perconalab/percona-postgresql-operator:main-pgbouncer18": "keelson/postgresql:18",
    "docker.io/perconalab/percona-postgresql-operator:main-pgbackrest18": "keelson/postgresql:18",
    "percona/percona-distribution-postgresql:17.5-2": "keelson/postgresql:17",
    "docker.io/percona/percona-distribution-postgresql:17.5-2@sha256:0123456789abcdef": "keelson/postgresql:17",
    "percona/percona-pgbouncer:1.24.1": "keelson/postgresql:17",
    "docker.io/perconalab/percona-postgresql-operator:main": "keelson/agent:dev",
    "docker.io/perconalab/fluentbit:main-logcollector": "keelson/agent:dev",
    busybox: "keelson/busybox:1",
    "docker.io/library/busybox:1.36": "keelson/busybox:1",
    "registry.example:5000/percona/percona-pgbouncer:1": undefined,
    "nginx:1": undefined,
  };
  for (const [reference, image] of Object.entries(expected))
    assert.equal(standIn(reference, aliases), image, reference);
});

test("references are compared without registry and digest, with a tag", () => {
  assert.equal(comparable("docker.io/library/postgres"), "postgres:latest");
  assert.equal(comparable("registry.example:5000/a/b"), "registry.example:5000/a/b:latest");
});
