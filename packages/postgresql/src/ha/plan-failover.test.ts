import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Pod } from "@keelson/kube";
import { NOW, viewOf } from "../testing/fixtures.ts";
import { planFailover } from "./plan-failover.ts";

const others = [{ name: "orders-i-bbbb" }, { name: "orders-i-cccc" }];
const acquiredAt = NOW - 60_000;
const synchronous = ["orders-i-bbbb-0", "orders-i-cccc-0"];

const database = (state: object, lastState: object = {}): Pod["status"] =>
  ({
    phase: "Running",
    conditions: [],
    containerStatuses: [{ name: "database", state, lastState, ready: false, restartCount: 0, image: "", imageID: "" }],
  }) as Pod["status"];

describe("failover on certainty", () => {
  const releases: [string, Parameters<typeof viewOf>[0], string][] = [
    ["the pod is gone", { members: others, leader: "orders-i-aaaa-0", acquiredAt }, "PodGone"],
    [
      "the container has ended",
      {
        members: [
          { name: "orders-i-aaaa", role: "primary", status: database({ terminated: { exitCode: 137 } }) },
          ...others,
        ],
        acquiredAt,
      },
      "ContainerTerminated",
    ],
    [
      "the container waits to be started again",
      {
        members: [
          {
            name: "orders-i-aaaa",
            role: "primary",
            status: database(
              { waiting: {} },
              { terminated: { exitCode: 137, finishedAt: new Date(NOW - 1_000).toISOString() } },
            ),
          },
          ...others,
        ],
        acquiredAt,
      },
      "ContainerTerminated",
    ],
    [
      "a new pod has taken the name and has not started",
      {
        members: [{ name: "orders-i-aaaa", created: NOW - 1_000, status: { phase: "Pending" } }, ...others],
        leader: "orders-i-aaaa-0",
        acquiredAt,
      },
      "PodReplaced",
    ],
  ];
  for (const [what, scene, ending] of releases) {
    test(`frees the lock when ${what}`, () => {
      const plan = planFailover(viewOf({ synchronous, ...scene }));
      assert.equal(plan.ending, ending);
      const [action] = plan.actions;
      assert.equal(action?.type, "annotate");
      assert.deepEqual(action?.type === "annotate" && [action.name, action.annotations], [
        "orders-ha",
        { leader: null },
      ]);
      assert.ok(
        action?.type === "annotate" && action.resourceVersion !== undefined,
        "only if nobody wrote the lock since",
      );
    });
  }

  const keeps: [string, Parameters<typeof viewOf>[0]][] = [
    ["the primary runs", {}],
    [
      "the primary runs and is not ready",
      { members: [{ name: "orders-i-aaaa", role: "primary", ready: false }, ...others] },
    ],
    ["nobody holds it", { leader: null }],
    [
      "its pod is called Failed, which Kubernetes does for a deleted Node without a look",
      { members: [{ name: "orders-i-aaaa", role: "primary", status: { phase: "Failed" } }, ...others], acquiredAt },
    ],
    [
      "those that are ready are not the ones that commits wait for",
      { members: others, leader: "orders-i-aaaa-0", acquiredAt, synchronous: ["orders-i-dddd-0"] },
    ],
    ["nobody else could take over", { members: [{ name: "orders-i-bbbb", ready: false }], leader: "orders-i-aaaa-0" }],
    ["there is no other instance", { members: [], leader: "orders-i-aaaa-0" }],
    [
      "the container ended before it got the lock, and runs again",
      {
        members: [
          {
            name: "orders-i-aaaa",
            role: "primary",
            status: database(
              { running: {} },
              { terminated: { exitCode: 1, finishedAt: new Date(acquiredAt - 5_000).toISOString() } },
            ),
          },
          ...others,
        ],
        acquiredAt,
      },
    ],
  ];
  for (const [what, scene] of keeps) {
    test(`leaves the lock alone when ${what}`, () =>
      assert.deepEqual(planFailover(viewOf({ synchronous, ...scene })).actions, []));
  }

  test("in asynchronous replication nothing is freed early: only the old primary has the last commits", () => {
    for (const [, scene] of releases) assert.deepEqual(planFailover(viewOf(scene)).actions, []);
  });

  test("replicas that were synchronous with an earlier leader do not count", () => {
    const view = viewOf({ members: others, leader: "orders-i-aaaa-0", acquiredAt, synchronous });
    const earlier = viewOf({ members: others, leader: "orders-i-bbbb-0", synchronous }).endpoints.get("orders-ha-sync");
    assert.ok(earlier !== undefined);
    const endpoints = new Map([...view.endpoints, ["orders-ha-sync", earlier]]);
    assert.deepEqual(planFailover({ ...view, endpoints }).actions, []);
  });
});
