import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ApiError, ConnectionError, type KubeObject, type Live, silentLogger } from "@keelson/kube";
import type { PerconaPGRestore, PerconaPGRestoreStatus } from "@keelson/resources";
import type { ClusterDeps } from "../cluster/controller.ts";
import type { View } from "../cluster/view.ts";
import { catalogue, clusterResource, live, NOW, type Scene, viewOf } from "../testing/fixtures.ts";
import { reconcileRestore } from "./controller.ts";
import { INSTANCE } from "./plan-restore.ts";

const restore = (status?: PerconaPGRestoreStatus): Live<PerconaPGRestore> =>
  live({
    kind: "PerconaPGRestore",
    metadata: { name: "r", annotations: { [INSTANCE]: "orders-i-aaaa" } },
    spec: { pgCluster: "orders", repoName: "repo1" },
    ...(status === undefined ? {} : { status }),
  } as PerconaPGRestore);

/** What pgBackRest says of a repository with one backup. */
const INFO = JSON.stringify([
  {
    name: "db",
    archive: [{ id: "17-1", max: "000000010000000000000002", database: { "repo-key": 1 } }],
    backup: [{ label: "A", type: "full", database: { "repo-key": 1 }, timestamp: { start: 1, stop: 2 } }],
  },
]);

interface Result {
  readonly status: PerconaPGRestoreStatus | undefined;
  readonly events: readonly string[];
  readonly error: unknown;
}

/** Nobody remembers who led. */
function forgotten(scene: Scene): View {
  const view = viewOf(scene);
  return { ...view, endpoints: new Map([...view.endpoints].filter(([name]) => name !== "orders-ha")) };
}

/** One step of a restore; commands in pods and new Jobs meet these failures. */
async function reconcile(
  of: Live<PerconaPGRestore>,
  scene: Scene = {},
  fails: { readonly exec?: Error; readonly create?: Error } = {},
): Promise<Result> {
  const events: string[] = [];
  let status: PerconaPGRestoreStatus | undefined;
  const meet = (failure: Error | undefined): void => {
    if (failure !== undefined) throw failure;
  };
  const deps = {
    client: {
      exec: async ({ command }: { command: readonly string[] }) => {
        meet(fails.exec);
        return { exitCode: 0, stderr: "", stdout: command[0] === "psql" ? "000000010000000000000002\n" : INFO };
      },
      create: async () => meet(fails.create),
      patch: async (_: unknown, __: unknown, { body }: { body: { value: PerconaPGRestoreStatus }[] }) => {
        status = body[1]?.value;
      },
    },
    world: {
      restores: { get: () => of },
      view: () => (scene.leader === null ? forgotten(scene) : viewOf(scene)),
      locate: (kind: string) => ({ kind: { group: "", plural: kind }, live: undefined }),
    },
    events: { record: (_: KubeObject, { message }: { message: string }) => events.push(message) },
    log: silentLogger,
    catalogue,
    foreignKeys: { read: async () => undefined },
    now: () => NOW,
  } as unknown as ClusterDeps;
  let error: unknown;
  await reconcileRestore("prod/r", new AbortController().signal, { log: silentLogger, failures: 0 }, deps).catch(
    (thrown: unknown) => {
      error = thrown;
    },
  );
  return { status, events, error };
}

const said = ({ status }: Result) => status?.conditions?.find((x) => x.type === "Progressing");

describe("a restore that waits says what for", () => {
  test("when a pod cannot be asked, in whichever way that fails", async () => {
    for (const exec of [
      new ApiError({ status: 500, reason: "InternalError", message: "dial tcp 10.0.0.7:10250: no route to host" }),
      new ConnectionError("no answer within 60000 ms", { code: "TIMEOUT", unsent: false }),
    ]) {
      const result = await reconcile(restore(), {}, { exec });
      assert.equal(result.error, exec, "it is tried again");
      assert.equal(said(result)?.reason, "CheckFailed");
      assert.ok(said(result)?.message?.includes(exec.message));
      assert.match(said(result)?.message ?? "", /orders-repo-host-0 and orders-i-aaaa-0 can be reached/);
      assert.equal(result.status?.state, undefined);
    }
  });

  test("and does not begin with a Job that Kubernetes would never take", async () => {
    const create = new ApiError({ status: 422, reason: "Invalid", message: "env[0].name: Invalid value" });
    const { status, events, error } = await reconcile(restore(), {}, { create });
    assert.equal(error, undefined);
    assert.equal(status?.state, "Failed");
    assert.match(status?.conditions?.[0]?.message ?? "", /^spec\.containerOptions: .*env\[0\]\.name: Invalid value/);
    assert.ok(!events.some((message) => /cluster stops/.test(message)));
    const quota = new ApiError({ status: 403, reason: "Forbidden", message: "exceeded quota" });
    assert.equal((await reconcile(restore(), {}, { create: quota })).status?.state, "Starting");
  });

  test("when the cluster has stopped and Kubernetes takes no Job", async () => {
    const create = new ApiError({ status: 403, reason: "Forbidden", message: "exceeded quota: small" });
    const stopped: Scene = {
      members: [{ name: "orders-i-aaaa", pod: false, replicas: 0 }],
      leader: null,
      initialized: false,
    };
    const of = restore({ state: "Starting" });
    const result = await reconcile(of, stopped, { create });
    assert.equal(result.error, create, "it is tried again");
    assert.match(said(result)?.message ?? "", /^Job orders-pgbackrest-restore cannot be made: exceeded quota: small/);
    assert.deepEqual(result.events, [said(result)?.message]);
  });

  test("when the cluster was never accepted", async () => {
    const cr = clusterResource({ standby: { enabled: true, host: "x" } } as never);
    const result = await reconcile(restore(), { cr });
    assert.equal(said(result)?.reason, "ClusterNotAccepted");
    assert.match(said(result)?.message ?? "", /spec\.standby/);
    assert.equal((await reconcile(restore({ state: "Failed" }), { cr })).status, undefined);
  });
});
