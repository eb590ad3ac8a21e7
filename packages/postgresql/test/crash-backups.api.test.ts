/** F52 for what backups are part of: see `crash.api.test.ts`. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { until } from "@keelson/kube/testing";
import { backupKind, CrashStage, clusterKind, manifest, NAME, PATIENCE_MS, restoreKind } from "./crash-stage.ts";

describe("an operator that is killed before each write", { timeout: 1_800_000 }, () => {
  let crashes: CrashStage;
  before(async () => {
    crashes = await CrashStage.start();
  });
  after(() => crashes?.stop());

  test("backup", async () => {
    await crashes.everyCrash("backup", {
      prepare: (namespace) => crashes.created(namespace),
      start: async (namespace) => {
        await crashes.stage.client.create(backupKind, {
          metadata: { namespace, name: "asked-for-abcde" },
          spec: { pgCluster: NAME, repoName: "repo1" },
        } as never);
      },
      end: (namespace) => crashes.ready(namespace, 2),
      check: async (namespace) =>
        assert.equal(crashes.databases.backupsOf(`${namespace}/${NAME}`), 2, "one backup, not more"),
    });
  });

  test("restore", async () => {
    await crashes.everyCrash("restore", {
      prepare: (namespace) => crashes.created(namespace),
      start: async (namespace) => {
        await crashes.stage.client.create(restoreKind, {
          metadata: { namespace, name: "back" },
          spec: { pgCluster: NAME, repoName: "repo1" },
        } as never);
      },
      end: async (namespace) => {
        await until(
          `restore in ${namespace}`,
          async () =>
            (await crashes.stage.client.get(restoreKind, { namespace, name: "back" }))?.status?.state === "Succeeded",
          { timeoutMs: PATIENCE_MS, everyMs: 100 },
        );
        await until(
          "the backup after it",
          async () => (await crashes.stage.client.list(backupKind, { namespace })).items.length === 2,
          { timeoutMs: PATIENCE_MS, everyMs: 100 },
        );
        await crashes.ready(namespace, 2);
      },
    });
  });

  test("delete", async () => {
    await crashes.everyCrash("delete", {
      prepare: async (namespace) => {
        await crashes.stage.client.create(
          clusterKind,
          manifest(namespace, ["percona.com/delete-pvc", "percona.com/delete-ssl", "percona.com/delete-backups"]),
        );
        await crashes.ready(namespace, 2);
      },
      start: async (namespace) => {
        await crashes.stage.client.delete(clusterKind, { namespace, name: NAME });
      },
      end: async (namespace) => {
        await until(
          `${namespace} is empty`,
          async () =>
            (await crashes.cluster(namespace)) === undefined && (await crashes.inventory(namespace)).length === 0,
          { timeoutMs: PATIENCE_MS, everyMs: 200 },
        );
      },
    });
  });
});
