import assert from "node:assert/strict";
import { test } from "node:test";
import { annotation } from "../cluster/labels.ts";
import { normalize } from "../cluster/normalize.ts";
import { catalogue, clusterResource, NOW, type Scene, viewOf } from "../testing/fixtures.ts";
import { planSwitchover, type SwitchoverPlan } from "./plan-switchover.ts";

const armed = (target?: string, type = "Switchover"): never =>
  ({
    patroni: { switchover: { enabled: true, type, ...(target === undefined ? {} : { targetInstance: target }) } },
  }) as never;

function plan(spec: never, annotations: Record<string, string>, scene: Scene = {}, handled?: string): SwitchoverPlan {
  const cr = clusterResource(
    spec,
    { annotations },
    handled === undefined ? undefined : ({ patroni: { status: { switchover: handled } } } as never),
  );
  return planSwitchover(normalize(cr, catalogue).cluster, viewOf({ cr, ...scene }));
}

const request = (p: SwitchoverPlan): unknown =>
  p.actions.flatMap((a) =>
    a.type === "create"
      ? [a.object.metadata?.annotations]
      : a.type === "annotate" && a.kind === "Endpoints"
        ? [a.annotations]
        : [],
  )[0];

test("a new value moves the primary to the instance that is least behind", () => {
  const p = plan(
    armed(),
    { [annotation.switchover]: "1" },
    {
      members: [
        { name: "orders-i-aaaa", role: "primary" },
        { name: "orders-i-bbbb", lsn: 5 },
        { name: "orders-i-cccc", lsn: 9 },
      ],
    },
  );
  assert.deepEqual(request(p), { leader: "orders-i-aaaa-0", member: "orders-i-cccc-0" });
});

test("what is asked is written down before it is asked", () => {
  const p = plan(armed(), { [annotation.switchover]: "1" });
  assert.deepEqual(
    p.actions.slice(0, 2).map((a) => [a.type, "kind" in a ? a.kind : ""]),
    [
      ["annotate", "PerconaPGCluster"],
      ["create", ""],
    ],
  );
});

test("only a synchronous instance becomes primary", () => {
  const p = plan(armed(), { [annotation.switchover]: "1" }, { synchronous: ["orders-i-bbbb-0"] });
  assert.deepEqual(request(p), { leader: "orders-i-aaaa-0", member: "orders-i-bbbb-0" });
});

test("waits for a ready replica that is not synchronous yet, instead of refusing", () => {
  const p = plan(armed(), { [annotation.switchover]: "1" }, { synchronous: [] });
  assert.deepEqual(
    [p.actions, p.handled, p.waitingFor],
    [[], undefined, "a replica to become synchronous, for the switchover"],
  );
});

test("a Failover needs its target, and takes one without a primary, or one that is not synchronous", () => {
  const value = { [annotation.switchover]: "1" };
  const unnamed = plan(armed(undefined, "Failover"), value);
  assert.equal(unnamed.handled?.value, "1");
  assert.match(JSON.stringify(unnamed.actions), /targetInstance: a Failover needs the instance/);
  const ask = (scene: Scene): unknown => request(plan(armed("orders-i-bbbb", "Failover"), value, scene));
  assert.deepEqual(ask({ synchronous: ["orders-i-cccc-0"] }), { leader: "orders-i-aaaa-0", member: "orders-i-bbbb-0" });
  const replicas = [{ name: "orders-i-aaaa" }, { name: "orders-i-bbbb" }, { name: "orders-i-cccc" }];
  assert.deepEqual(ask({ members: replicas }), { leader: "", member: "orders-i-bbbb-0" });
  assert.equal(request(plan(armed("orders-i-bbbb"), value, { members: replicas })), undefined, "a Switchover waits");
});

test("the same value does nothing again", () => {
  assert.deepEqual(plan(armed(), { [annotation.switchover]: "1" }, {}, "1").actions, []);
});

test("without being enabled nothing happens", () => {
  assert.deepEqual(plan({} as never, { [annotation.switchover]: "1" }).actions, []);
});

for (const [what, target, pattern] of [
  [
    "an instance that does not exist",
    "orders-i-zzzz",
    /there is no instance orders-i-zzzz\. Choose one of orders-i-aaaa/,
  ],
  ["the primary itself", "orders-i-aaaa", /primary already/],
] as const) {
  test(`refuses ${what}, in words, once`, () => {
    const p = plan(armed(target), { [annotation.switchover]: "1" });
    assert.equal(p.handled?.value, "1");
    const [event] = p.actions;
    assert.match(event?.type === "event" ? event.message : "", pattern);
  });
}

test("refuses when no instance is ready", () => {
  const p = plan(
    armed(),
    { [annotation.switchover]: "1" },
    {
      members: [
        { name: "orders-i-aaaa", role: "primary" },
        { name: "orders-i-bbbb", ready: false },
      ],
    },
  );
  assert.equal(p.handled?.value, "1");
});

const pending = (since: number): string =>
  JSON.stringify({ value: "1", leader: "orders-i-aaaa-0", candidate: "orders-i-bbbb-0", timeline: 1, since });

test("an operator that starts anew sees that the switchover is done, and does not ask again", () => {
  const p = plan(
    armed(),
    { [annotation.switchover]: "1", [annotation.switchoverPending]: pending(NOW - 5_000) },
    { members: [{ name: "orders-i-aaaa" }, { name: "orders-i-bbbb", role: "primary", timeline: 2 }] },
  );
  assert.deepEqual(p.handled, { value: "1", timeline: 2 });
  assert.equal(request(p), undefined);
});

test("an operator that ended before it asked asks again", () => {
  const p = plan(armed(), { [annotation.switchover]: "1", [annotation.switchoverPending]: pending(NOW - 20_000) });
  assert.deepEqual(request(p), { leader: "orders-i-aaaa-0", member: "orders-i-bbbb-0" });
});

test("a leader that has not answered the request for seconds is woken again: the operator may have ended before it did", () => {
  const waiting = (ms: number): SwitchoverPlan =>
    plan(
      armed(),
      { [annotation.switchover]: "1", [annotation.switchoverPending]: pending(NOW - ms) },
      { failoverKey: { leader: "orders-i-aaaa-0", member: "orders-i-bbbb-0" } },
    );
  assert.deepEqual(waiting(1_000), { actions: [], requeueAfterMs: 2_000 });
  assert.deepEqual(waiting(4_000), { actions: [{ type: "wake", pod: "orders-i-aaaa-0" }], requeueAfterMs: 3_000 });
});

test("a request that Patroni does not carry out is withdrawn after a minute, and counts as refused", () => {
  const annotations = { [annotation.switchover]: "1", [annotation.switchoverPending]: pending(NOW - 61_000) };
  const gone = plan(armed(), annotations);
  assert.deepEqual([gone.handled?.value, request(gone)], ["1", undefined]);
  const left = plan(armed(), annotations, { failoverKey: { leader: "orders-i-aaaa-0", member: "orders-i-bbbb-0" } });
  assert.deepEqual(request(left), { leader: null, member: null, scheduled_at: null });
  const another = plan(armed(), annotations, { failoverKey: { leader: "orders-i-bbbb-0", member: "orders-i-aaaa-0" } });
  assert.deepEqual([another.handled?.value, request(another)], ["1", undefined], "what another has asked for stays");
});
