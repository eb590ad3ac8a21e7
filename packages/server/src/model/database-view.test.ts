import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { backup, observed, pgCluster, pod } from "../../testing/fixtures.ts";
import { databaseDetail } from "./database-view.ts";
import type { PgCluster } from "./resources.ts";

const unready = { conditions: [{ type: "Ready", status: "False" }], containerStatuses: [] };
const at = "2026-11-21T08:00:00Z";
const condition = (type: string, status: "True" | "False", reason: string, message: string) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: at,
});

describe("databaseDetail", () => {
  it("says ready only when everything is", () => {
    const view = databaseDetail(observed());
    assert.deepEqual([view.phase, view.level, view.headline], ["ready", "good", "Ready"]);
    assert.deepEqual(view.instances, { wanted: 2, ready: 2 });
    assert.deepEqual(view.steps, []);
  });

  it("puts the primary first and measures how far replicas are behind", () => {
    const { instances } = databaseDetail(observed()).topology;
    assert.deepEqual(
      instances.map(({ pod: name, role, lagBytes }) => [name, role, lagBytes]),
      [
        ["orders-a-0", "primary", undefined],
        ["orders-b-0", "replica", 100],
      ],
    );
  });

  it("measures lag against what the leader announced in its lock, when that is further", () => {
    const leader = { metadata: { annotations: { optime: "1500" } } };
    assert.equal(databaseDetail(observed({ leader })).topology.instances[1]?.lagBytes, 600);
  });

  it("is degraded, and says for what it waits, when a replica is missing", () => {
    const pods = [pod("orders-a-0", { role: "primary" }), pod("orders-pgbouncer-x", { role: "pgbouncer" })];
    const view = databaseDetail(observed({ pods }));
    assert.equal(view.phase, "degraded");
    assert.equal(view.headline, "Takes writes with 1 of 2 instances");
    assert.equal(view.waitingFor, "1 instance to be made");
  });

  it("is unavailable when no primary is ready although there is data", () => {
    const view = databaseDetail(observed({ pods: [pod("orders-b-0", { role: "replica" })] }));
    assert.deepEqual([view.phase, view.level], ["unavailable", "bad"]);
  });

  it("is being created, step by step, before there is data", () => {
    const cluster = pgCluster({ status: { state: "initializing" } });
    const view = databaseDetail(
      observed({ cluster, pods: [pod("orders-a-0", { ready: false, status: unready })], backups: [] }),
    );
    assert.equal(view.phase, "creating");
    assert.deepEqual(
      view.steps.map(({ id, state }) => [id, state]),
      [
        ["accepted", "done"],
        ["primary", "active"],
        ["replicas", "waiting"],
        ["poolers", "waiting"],
        ["backup", "waiting"],
      ],
    );
    assert.match(view.steps[1]?.detail ?? "", /orders-a-0/);
  });

  it("waits for the operator first of all", () => {
    const cluster = pgCluster({ status: {} as PgCluster["status"] & object });
    assert.equal(databaseDetail(observed({ cluster, pods: [] })).waitingFor, "the operator to take it up");
  });

  it("names the way out of a pod that cannot start", () => {
    const waiting = { reason: "ImagePullBackOff", message: "no such image" };
    const status = {
      ...unready,
      containerStatuses: [
        { name: "database", ready: false, restartCount: 0, image: "", imageID: "", state: { waiting } },
      ],
    };
    const cluster = pgCluster({ status: { state: "initializing" } });
    const view = databaseDetail(observed({ cluster, pods: [pod("orders-a-0", { status })] }));
    assert.equal(view.level, "bad");
    assert.match(view.waitingFor ?? "", /ImagePullBackOff/);
    assert.match(view.remedy ?? "", /registry/);
    assert.equal(view.steps.find((step) => step.id === "primary")?.state, "failed");
  });

  it("says of a pod without a node what the scheduler said", () => {
    const status = {
      conditions: [{ type: "PodScheduled", status: "False", message: "0/1 nodes are available: 1 Insufficient cpu." }],
    };
    const cluster = pgCluster({ status: { state: "initializing" } });
    const starting = { ...pod("orders-a-0", { status }), spec: { containers: [] } };
    const view = databaseDetail(observed({ cluster, pods: [starting] }));
    assert.match(view.waitingFor ?? "", /Insufficient cpu/);
    assert.match(view.remedy ?? "", /smaller size/);
  });

  it("keeps saying that it takes writes when a change was refused, with the operator's own sentence", () => {
    const refused = condition(
      "PersistentVolumeResizing",
      "False",
      "Invalid",
      "spec.instances[0]: 1Gi is smaller than 2Gi",
    );
    const cluster = pgCluster({
      status: { state: "ready", patroni: { status: { systemIdentifier: "7" } }, conditions: [refused] },
    });
    const view = databaseDetail(observed({ cluster }));
    assert.deepEqual([view.phase, view.level], ["blocked", "bad"]);
    assert.match(view.headline, /^Takes writes, but/);
    assert.equal(view.waitingFor, undefined);
    assert.match(view.problem ?? "", /smaller than/);
  });

  it("is paused, pausing or being deleted when that was asked for", () => {
    const paused = pgCluster({ spec: { pause: true }, status: { state: "paused" } });
    assert.equal(databaseDetail(observed({ cluster: paused, pods: [] })).phase, "paused");
    assert.equal(databaseDetail(observed({ cluster: paused })).phase, "pausing");
    const going = pgCluster({ meta: { name: "orders", deletionTimestamp: "2026-11-21T09:00:00Z" } });
    assert.equal(databaseDetail(observed({ cluster: going })).phase, "deleting");
  });

  it("is restoring while a restore runs", () => {
    const restores = [
      { metadata: { name: "r" }, spec: { pgCluster: "orders", repoName: "repo1" }, status: { state: "Running" } },
    ];
    assert.equal(databaseDetail(observed({ restores })).phase, "restoring");
  });

  it("reaches from the end of the oldest backup to the last archived commit", () => {
    const backups = [
      backup("b2", {
        state: "Succeeded",
        completed: "2026-11-21T08:50:00Z",
        latestRestorableTime: "2026-11-21 09:10:00.500000+0000",
      }),
      backup("b1", { state: "Succeeded", completed: "2026-11-21T08:31:00Z" }),
      backup("b3", { state: "Failed", completed: "2026-11-21T09:20:00Z" }),
    ];
    assert.deepEqual(databaseDetail(observed({ backups })).backups.window, {
      from: "2026-11-21T08:31:00.000Z",
      to: "2026-11-21T09:10:00.500Z",
    });
  });
});
