import assert from "node:assert/strict";
import { test } from "node:test";
import { pgCluster } from "../testing/fixtures.ts";
import { instanceConfig, repoHostConfig } from "./pgbackrest-config.ts";

/** What a pod has left after PostgreSQL's shutdown checkpoint, and how often PostgreSQL tries a segment before it ends. */
const GRACE_SECONDS = 30;
const TRIES = 3;

const timeout = (config: string, option = "io-timeout"): number =>
  Number(new RegExp(`\\[global:archive-push\\]\n(?:.*\n)??${option} = (\\d+)`).exec(config)?.[1] ?? Number.NaN);

test("an instance that ends does not wait for a repository that is gone until it is killed", () => {
  assert.ok(timeout(instanceConfig(pgCluster())) * TRIES < GRACE_SECONDS - 10);
});

const withGlobal = (global: Readonly<Record<string, string>>) => {
  const volume = { volumeClaimSpec: { accessModes: ["ReadWriteOnce"] } };
  return pgCluster({ backups: { pgbackrest: { repos: [{ name: "repo1", volume }], global } } } as never);
};

test("the user's own limit counts for archiving too", () => {
  const config = instanceConfig(withGlobal({ "io-timeout": "20", "protocol-timeout": "600" }));
  assert.deepEqual([timeout(config), timeout(config, "protocol-timeout")], [20, 600]);
});

test("archiving does not hang for half an hour on a repository that falls silent", () => {
  assert.ok(timeout(instanceConfig(pgCluster()), "protocol-timeout") <= 60);
});

test("the log and the backups are packed with zstd, or as the user says", () => {
  const packed = (global: Readonly<Record<string, string>>) =>
    [instanceConfig(withGlobal(global)), repoHostConfig(withGlobal(global), ["one"])].map(
      (config) => /^compress-type = (.*)$/m.exec(config)?.[1],
    );
  assert.deepEqual(packed({}), ["zst", "zst"]);
  assert.deepEqual(packed({ "compress-type": "lz4" }), ["lz4", "lz4"]);
  // pgBackRest itself decides what these mean: only while the type is not said is "n" none at all, and a level gzip's.
  for (const key of ["compress", "compress-level"]) assert.deepEqual(packed({ [key]: "n" }), [undefined, undefined]);
});
