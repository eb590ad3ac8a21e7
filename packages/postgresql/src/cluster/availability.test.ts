import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ContainerStatus } from "@keelson/kube";
import type { Condition } from "@keelson/resources";
import { catalogue, NOW, type Scene, viewOf } from "../testing/fixtures.ts";
import { admit } from "./admit.ts";
import { doubtInMs } from "./availability.ts";
import { statusOf } from "./status.ts";
import type { View } from "./view.ts";

/** The lock of the scene's leader, seen to be renewed so many seconds ago, for thirty; the clock of its pod is an hour behind. */
function renewed(view: View, secondsAgo: number): View {
  const ha = view.endpoints.get("orders-ha");
  const lock = { renewTime: new Date(NOW - 3_600_000).toISOString(), ttl: "30" };
  const annotations = { ...ha?.metadata.annotations, ...lock };
  const endpoints = new Map(view.endpoints).set("orders-ha", {
    ...ha,
    metadata: { ...ha?.metadata, annotations },
  } as never);
  return { ...view, endpoints, lockSeenAt: NOW - secondsAgo * 1_000 };
}

/** The primary's container in that state; everything else is as it was. */
const withContainer = (container: Partial<ContainerStatus>): Scene => ({
  members: [
    {
      name: "orders-i-aaaa",
      role: "primary",
      status: {
        conditions: [{ type: "Ready", status: container.ready === false ? "False" : "True" }],
        containerStatuses: [{ name: "database", ready: true, ...container } as ContainerStatus],
      },
    },
  ],
});

function conditionsIn(view: View): { available: Condition | undefined; ready: Condition | undefined } {
  const found = { problems: [], waitingFor: undefined, outdated: 0, resizing: [], missingSecrets: undefined };
  const { cluster } = admit(view, catalogue);
  const status = statusOf({ ...found, cluster, view, failure: undefined, handledSwitchover: undefined });
  const conditionOf = (type: string) => status.conditions?.find((x) => x.type === type);
  return { available: conditionOf("Available"), ready: conditionOf("Ready") };
}

describe("that somebody takes writes is said", () => {
  test("while the primary runs and renews its lock", () => {
    for (const view of [viewOf(), renewed(viewOf(), 29)]) {
      const { available } = conditionsIn(view);
      assert.deepEqual([available?.status, available?.message], ["True", "Instance orders-i-aaaa takes writes."]);
    }
  });

  test("not of a container that has ended, or has begun anew and does not answer yet", () => {
    const ended = { state: { terminated: { exitCode: 137, reason: "OOMKilled" } }, ready: false } as const;
    const { available, ready } = conditionsIn(renewed(viewOf(withContainer(ended)), 3));
    assert.deepEqual([available?.status, available?.reason], ["False", "PrimaryNotRunning"]);
    assert.match(available?.message ?? "", /container database does not run; instance orders-i-aaaa .*OOMKilled/);
    assert.match(ready?.message ?? "", /container database does not run/);
    const again = conditionsIn(viewOf(withContainer({ state: { running: {} }, started: false }))).available;
    assert.deepEqual([again?.status, again?.reason], ["False", "PrimaryStarting"]);
    assert.equal(
      conditionsIn(viewOf(withContainer({ state: { running: {} }, started: true }))).available?.status,
      "True",
    );
  });

  test("not when the lock has run out: nobody knows then", () => {
    const { available, ready } = conditionsIn(renewed(viewOf(), 30));
    assert.deepEqual([available?.status, available?.reason], ["Unknown", "LeaderLockExpired"]);
    assert.match(available?.message ?? "", /ran out at 2026-11-21T12:00:00.000Z.*pod orders-i-aaaa-0/);
    assert.deepEqual([ready?.status, ready?.reason], ["False", "InstanceFailing"]);
  });
});

test("time alone makes it doubtful at the moment at which the lock runs out", () => {
  assert.equal(doubtInMs(renewed(viewOf(), 10)), 20_000);
  assert.equal(doubtInMs(renewed(viewOf(), 40)), undefined);
  assert.equal(doubtInMs(renewed(viewOf({ leader: null }), 10)), undefined);
  assert.equal(doubtInMs(viewOf()), undefined);
});
