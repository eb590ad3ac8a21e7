/**
 * F52: the operator is killed before each single write of create, scale and switchover, and in `crash-backups.api.test.ts` of backup, restore
 * and delete; a new one brings every cluster to the same end. Every write is a case of its own: one namespace for each, all at the same
 * time, on our API server with simulated nodes and databases. Two files, because one alone would take as long as all others of its level.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { kinds } from "@keelson/kube";
import { until } from "@keelson/kube/testing";
import { CrashStage, claim, NAME, PATIENCE_MS } from "./crash-stage.ts";

describe("an operator that is killed before each write", { timeout: 1_800_000 }, () => {
  let crashes: CrashStage;
  before(async () => {
    crashes = await CrashStage.start();
  });
  after(() => crashes?.stop());

  test("create", async () => {
    await crashes.everyCrash("create", {
      start: (namespace) => crashes.create(namespace),
      end: (namespace) => crashes.ready(namespace, 2),
    });
  });

  test("scale", async () => {
    await crashes.everyCrash("scale", {
      prepare: (namespace) => crashes.created(namespace),
      start: async (namespace) => {
        await crashes.patch(namespace, {
          spec: { instances: [{ name: "i", replicas: 3, dataVolumeClaimSpec: claim }] },
        });
      },
      end: (namespace) => crashes.ready(namespace, 3),
    });
  });

  test("switchover", async () => {
    const transitions = async (namespace: string): Promise<number> =>
      Number(
        (await crashes.stage.client.get(kinds.Endpoints, { namespace, name: `${NAME}-ha` }))?.metadata.annotations?.[
          "transitions"
        ],
      );
    await crashes.everyCrash("switchover", {
      prepare: (namespace) => crashes.created(namespace),
      start: async (namespace) => {
        await crashes.patch(namespace, { metadata: { annotations: { "pgv2.percona.com/trigger-switchover": "one" } } });
      },
      end: async (namespace) => {
        await until(
          `switchover in ${namespace}`,
          async () => (await crashes.cluster(namespace))?.status?.patroni?.status?.switchover === "one",
          { timeoutMs: PATIENCE_MS, everyMs: 100 },
        );
        await crashes.ready(namespace, 2);
      },
      check: async (namespace) => assert.equal(await transitions(namespace), 2, "the primary moved once, not more"),
    });
  });
});
