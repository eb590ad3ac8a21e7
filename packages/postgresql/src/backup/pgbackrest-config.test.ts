import assert from "node:assert/strict";
import { test } from "node:test";
import { pgCluster } from "../testing/fixtures.ts";
import { instanceConfig } from "./pgbackrest-config.ts";

/** What a pod has left after PostgreSQL's shutdown checkpoint, and how often PostgreSQL tries a segment before it ends. */
const GRACE_SECONDS = 30;
const TRIES = 3;

const timeout = (config: string): number =>
  Number(/\[global:archive-push\]\nio-timeout = (\d+)/.exec(config)?.[1] ?? Number.NaN);

test("an instance that ends does not wait for a repository that is gone until it is killed", () => {
  assert.ok(timeout(instanceConfig(pgCluster())) * TRIES < GRACE_SECONDS - 10);
});

test("the user's own limit counts for archiving too", () => {
  const volume = { volumeClaimSpec: { accessModes: ["ReadWriteOnce"] } };
  const backups = { pgbackrest: { repos: [{ name: "repo1", volume }], global: { "io-timeout": "20" } } };
  assert.equal(timeout(instanceConfig(pgCluster({ backups } as never))), 20);
});
