import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cache, type Kind, kinds, type Live } from "@keelson/kube";
import { perconaPGClusters } from "@keelson/resources";
import { doubtOf } from "../cluster/availability.ts";
import { NOW, viewOf } from "../testing/fixtures.ts";
import { World } from "./world.ts";

const KEY = "prod/orders";

/** The world of one cluster that runs; each call with a time is a renewal of its lock by the clock of its primary's machine. */
function worldOfOrders(): {
  readonly world: World;
  readonly renew: (podTime: number) => void;
  readonly exists: (there: boolean) => void;
} {
  const view = viewOf();
  const ha = view.endpoints.get("orders-ha") as Live;
  const objects = new Map<Kind, readonly Live[]>([
    [perconaPGClusters as Kind, [view.cr as Live]],
    [kinds.StatefulSet as Kind, [...view.statefulSets.values()]],
    [kinds.Pod as Kind, [...view.pods.values()]],
    [kinds.Endpoints as Kind, [ha]],
  ]);
  const informer = (kind: Kind): unknown => {
    const all = (): readonly Live[] => objects.get(kind) ?? [];
    return { list: all, byIndex: all, get: () => all()[0] };
  };
  return {
    world: new World({ informer } as unknown as Cache),
    renew: (podTime) =>
      Object.assign(ha.metadata.annotations ?? {}, { renewTime: new Date(podTime).toISOString(), ttl: "30" }),
    exists: (there) => objects.set(perconaPGClusters as Kind, there ? [view.cr as Live] : []),
  };
}

for (const aheadMs of [-3_600_000, 0, 25_000, 3_600_000]) {
  test(`a primary that renews its lock takes writes for an operator whose clock is ${aheadMs} ms ahead; one that falls silent, for as long as the lock runs`, () => {
    const { world, renew } = worldOfOrders();
    const doubtAt = (now: number): string | undefined => {
      const view = world.view(KEY, now + aheadMs);
      return view && doubtOf(view)?.reason;
    };
    for (let now = NOW; now <= NOW + 60_000; now += 10_000) {
      renew(now);
      assert.equal(doubtAt(now), undefined);
      assert.equal(doubtAt(now + 9_999), undefined);
    }
    assert.equal(doubtAt(NOW + 89_999), undefined);
    assert.equal(doubtAt(NOW + 90_000), "LeaderLockExpired");
  });
}

test("a lock that ran out before the operator started is given its time anew; nothing of a cluster that is gone is remembered", () => {
  const { world, renew, exists } = worldOfOrders();
  assert.equal(world.view(KEY, NOW)?.lockSeenAt, undefined);
  renew(NOW - 600_000);
  assert.equal(world.view(KEY, NOW)?.lockSeenAt, NOW);
  assert.equal(world.view(KEY, NOW + 5_000)?.lockSeenAt, NOW);
  exists(false);
  assert.equal(world.view(KEY, NOW + 6_000), undefined);
  exists(true);
  assert.equal(world.view(KEY, NOW + 7_000)?.lockSeenAt, NOW + 7_000);
});
