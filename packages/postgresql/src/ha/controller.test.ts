import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Live, silentLogger } from "@keelson/kube";
import type { PerconaPGBackup, PerconaPGCluster } from "@keelson/resources";
import { acceptedSpecMap } from "../cluster/accepted-spec.ts";
import type { ClusterDeps } from "../cluster/controller.ts";
import {
  catalogue,
  clusterResource,
  live,
  type Member,
  NOW,
  pgCluster,
  type Scene,
  viewOf,
} from "../testing/fixtures.ts";
import { reconcileFailover } from "./controller.ts";
import { Departures } from "./departures.ts";

type Spec = PerconaPGCluster["spec"];

const ended = { name: "database", image: "", imageID: "", ready: false, restartCount: 0 };
const members: readonly Member[] = [
  {
    name: "orders-i-aaaa",
    role: "primary",
    status: { phase: "Running", containerStatuses: [{ ...ended, state: { terminated: { exitCode: 137 } } }] },
  },
  { name: "orders-i-bbbb" },
];

/** Whether the lock of a primary that has ended is released; the specification that was accepted is without a pause. */
async function releases(spec: Partial<Spec>, scene: Scene = {}): Promise<boolean> {
  const accepted = live(acceptedSpecMap(pgCluster(), clusterResource().spec));
  const configMaps = new Map([[accepted.metadata.name, accepted]]);
  const synchronous = ["orders-i-bbbb-0"];
  const view = { ...viewOf({ cr: clusterResource(spec), members, synchronous, ...scene }), configMaps };
  let released = false;
  const deps = {
    client: {
      patch: async () => {
        released = true;
      },
    },
    world: { view: () => view, locate: () => ({ kind: {}, live: undefined }) },
    events: { record: () => undefined },
    catalogue,
    departures: new Departures(),
    now: () => NOW,
  } as unknown as ClusterDeps & { readonly departures: Departures };
  const context = { log: silentLogger, failures: 0 };
  await reconcileFailover("prod/orders", new AbortController().signal, context, deps);
  return released;
}

const running: Live<PerconaPGBackup> = live({
  metadata: { name: "nightly" },
  spec: { pgCluster: "orders", repoName: "repo1" },
  status: { state: "Running" },
} as PerconaPGBackup);

describe("the lock of a primary that has ended", () => {
  test("is released", async () => assert.equal(await releases({}), true));

  test("is left to a cluster that is paused, or not to be touched", async () => {
    assert.equal(await releases({ pause: true }), false);
    assert.equal(await releases({ unmanaged: true }), false);
  });

  test("is released while a pause waits for a backup", async () =>
    assert.equal(await releases({ pause: true }, { backups: [running] }), true));

  test("is released while a pause is refused with its specification", async () =>
    assert.equal(await releases({ pause: true, standby: { enabled: true, host: "x" } } as Partial<Spec>), true));
});
