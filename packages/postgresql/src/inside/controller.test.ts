import assert from "node:assert/strict";
import { test } from "node:test";
import { NotYet, silentLogger, TransientError } from "@keelson/kube";
import type { ClusterDeps } from "../cluster/controller.ts";
import { annotation } from "../cluster/labels.ts";
import { catalogue, clusterResource, NOW, viewOf } from "../testing/fixtures.ts";
import { reconcileInside } from "./controller.ts";

interface Pass {
  readonly noted: readonly string[];
  readonly error: unknown;
}

/** One pass that has failed before, when the cluster has this uid from the first command in a pod on. `stanza` is what pgBackRest says. */
async function pass(uidLater: string, stanza = ""): Promise<Pass> {
  const noted = new Set<string>();
  const spec = { proxy: undefined, users: [] } as never;
  let cr = clusterResource(spec);
  const client = {
    exec: async ({ command }: { command: readonly string[] }) => {
      cr = clusterResource(spec, { uid: uidLater });
      const failed = stanza !== "" && command.includes("stanza-create");
      return { exitCode: failed ? 50 : 0, stdout: failed ? stanza : "", stderr: "" };
    },
    patch: async (_kind: unknown, _at: unknown, { body }: { body: { metadata?: { annotations?: object } } }) => {
      const text = (body.metadata?.annotations as Record<string, string> | undefined)?.[annotation.applied];
      for (const topic of Object.keys(JSON.parse(text ?? "{}"))) noted.add(topic);
    },
  };
  const view = viewOf({ cr });
  const deps = {
    client,
    world: { view: () => view, clusters: { get: () => cr }, locate: () => ({ kind: {} }) },
    events: { record: () => undefined },
    catalogue,
    now: () => NOW,
  } as unknown as ClusterDeps;
  const context = { log: silentLogger, failures: 1 };
  const error = await reconcileInside("prod/orders", new AbortController().signal, context, deps).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { noted: [...noted], error };
}

test("what was done for a cluster is noted, and not on another one that has its name by then", async () => {
  assert.ok((await pass("c0ffee00-0000")).noted.includes("extensions"));
  assert.deepEqual((await pass("another")).noted, []);
});

test("a repository that somebody archives into is set up a little later; another failure is told when it comes again", async () => {
  const busy = await pass(
    "c0ffee00-0000",
    "P00 ERROR: [050]: unable to acquire lock on file '/tmp/pgbackrest/db-archive.lock'",
  );
  assert.ok(busy.error instanceof NotYet);
  assert.ok(!busy.noted.some((topic) => topic.startsWith("stanza")));
  const failing = await pass("c0ffee00-0000", "P00 ERROR: [041]: unable to open file");
  assert.ok(failing.error instanceof TransientError);
  assert.ok(failing.noted.includes("stanzaFailed"));
});
