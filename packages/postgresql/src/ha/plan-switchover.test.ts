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

test("only a synchronous instance becomes primary, when the others had 20 seconds to become synchronous too", () => {
  const scene = { synchronous: ["orders-i-bbbb-0"] };
  const since = (ms: number): Record<string, string> => ({
    [annotation.switchover]: "1",
    [annotation.switchoverPending]: JSON.stringify({ value: "1", since: NOW - ms }),
  });
  const early = plan(armed(), since(5_000), scene);
  assert.deepEqual(
    [request(early), early.waitingFor, early.requeueAfterMs],
    [undefined, "instance orders-i-cccc to follow the primary, for the switchover", 15_000],
  );
  assert.deepEqual(request(plan(armed(), since(20_000), scene)), {
    leader: "orders-i-aaaa-0",
    member: "orders-i-bbbb-0",
  });
});

const unready: Scene = {
  members: [
    { name: "orders-i-aaaa", role: "primary" },
    { name: "orders-i-bbbb", ready: false },
  ],
};

test("waits up to a minute for somebody who can become primary, instead of refusing, also in an operator that starts anew", () => {
  const value = { [annotation.switchover]: "1" };
  const since = (ms: number): Record<string, string> => ({
    ...value,
    [annotation.switchoverPending]: JSON.stringify({ value: "1", since: NOW - ms }),
  });
  for (const [scene, missing, target] of [
    [unready, "a replica to be ready"],
    [unready, "instance orders-i-bbbb to be ready", "orders-i-bbbb"],
    [{ synchronous: [] }, "a replica to become synchronous"],
    [{ synchronous: ["orders-i-cccc-0"] }, "instance orders-i-bbbb to become synchronous", "orders-i-bbbb"],
    [{ members: [{ name: "orders-i-aaaa" }, { name: "orders-i-bbbb" }] }, "a primary"],
  ] as const) {
    const first = plan(armed(target), value, scene);
    assert.deepEqual([first.handled, first.waitingFor], [undefined, `${missing}, for the switchover`]);
    assert.deepEqual(
      first.actions.map((a) => a.type === "annotate" && a.annotations),
      [{ [annotation.switchoverPending]: JSON.stringify({ value: "1", since: NOW }) }],
    );
    const later = plan(armed(target), since(20_000), scene);
    assert.deepEqual([later.actions, later.requeueAfterMs], [[], 40_000]);
    const last = plan(armed(target), since(60_000), scene);
    assert.equal(last.handled?.value, "1");
    assert.match(JSON.stringify(last.actions), new RegExp(`Waited in vain for ${missing}\\. Set a new value`));
  }
  const ready = plan(armed(), since(20_000));
  assert.deepEqual(request(ready), { leader: "orders-i-aaaa-0", member: "orders-i-bbbb-0" });
  assert.match(JSON.stringify(ready.actions[0]), new RegExp(`since[^,]*${NOW}`), "Patroni has a minute of its own");
});

test("a Failover needs its target", () => {
  const value = { [annotation.switchover]: "1" };
  const unnamed = plan(armed(undefined, "Failover"), value);
  assert.equal(unnamed.handled?.value, "1");
  assert.match(JSON.stringify(unnamed.actions), /targetInstance: a Failover needs the instance/);
});

const failover = (scene: Scene): SwitchoverPlan =>
  plan(armed("orders-i-bbbb", "Failover"), { [annotation.switchover]: "1" }, scene);

test("a Failover is a switchover where that can be: nobody leads who lacks a commit", () => {
  const named = { leader: "orders-i-aaaa-0", member: "orders-i-bbbb-0" };
  assert.deepEqual(request(failover({ synchronous: ["orders-i-bbbb-0"] })), named);
  // What does not follow yet is not waited for.
  assert.deepEqual(request(failover({ synchronous: ["orders-i-bbbb-0", "orders-i-cccc-0"] })), named);
});

test("a Failover to one that no commit waits for, or without a leader, is an order", () => {
  const order = { leader: "", member: "orders-i-bbbb-0" };
  const dead = { name: "orders-i-aaaa", role: "primary" } as const;
  const stuck = { name: "orders-i-bbbb", ready: false };
  for (const scene of [
    { synchronous: ["orders-i-cccc-0"] },
    { members: [{ name: "orders-i-aaaa" }, { name: "orders-i-bbbb" }, { name: "orders-i-cccc" }] },
    { members: [stuck] },
    { members: [dead, stuck], lockSeenAt: NOW - 31_000 },
    { members: [dead, { name: "orders-i-bbbb" }], synchronous: ["orders-i-bbbb-0"], lockSeenAt: NOW - 31_000 },
  ]) {
    assert.deepEqual(request(failover(scene)), order);
  }
});

test("a Failover to one that does not stream waits while there is a leader", () => {
  for (const lockSeenAt of [undefined, NOW - 29_000]) {
    const p = failover({ ...unready, lockSeenAt });
    assert.deepEqual([request(p), p.waitingFor], [undefined, "instance orders-i-bbbb to be ready, for the switchover"]);
  }
  // Its pod is being deleted, for example: it still has the lock, and hands over what it has in its own time.
  const ending = failover({
    members: [{ name: "orders-i-bbbb" }],
    leader: "orders-i-aaaa-0",
    lockSeenAt: NOW - 20_000,
  });
  assert.deepEqual(
    [request(ending), ending.waitingFor, ending.requeueAfterMs],
    [undefined, "a primary, for the switchover", 10_000],
  );
});

test("a request that nobody came to for a minute is refused, also when it could be carried out then", () => {
  const since = { [annotation.switchoverPending]: JSON.stringify({ value: "1", since: NOW - 60_000 }) };
  const p = plan(armed(), { [annotation.switchover]: "1", ...since });
  assert.deepEqual([request(p), p.handled?.value], [undefined, "1"]);
});

test("a request that is taken back is forgotten, and withdrawn from Patroni", () => {
  const leader = { leader: "orders-i-aaaa-0", member: "orders-i-bbbb-0" };
  const annotations = { [annotation.switchoverPending]: pending(NOW - 1_000) };
  const types = ({ actions }: SwitchoverPlan): unknown => actions.map((a) => a.type === "annotate" && a.annotations);
  const forgotten = { [annotation.switchoverPending]: null };
  const taken = { leader: null, member: null, scheduled_at: null };
  assert.deepEqual(types(plan(armed(), annotations, { failoverKey: leader })), [taken, forgotten]);
  assert.deepEqual(types(plan(armed(), annotations)), [forgotten]);
  const value = { [annotation.switchover]: "1" };
  const disabled = plan({} as never, { ...annotations, ...value }, { failoverKey: leader });
  assert.deepEqual(types(disabled), [taken, forgotten]);
  assert.equal(disabled.handled?.value, "1", "to enable it again is no request");
});

test("a new value takes the place of one that Patroni has in front of it", () => {
  const p = plan(
    armed("orders-i-cccc"),
    { [annotation.switchover]: "2", [annotation.switchoverPending]: pending(NOW - 1_000) },
    { failoverKey: { leader: "orders-i-aaaa-0", member: "orders-i-bbbb-0" }, synchronous: ["orders-i-bbbb-0"] },
  );
  assert.deepEqual(
    p.actions.map((a) => a.type === "annotate" && a.annotations),
    [
      { leader: null, member: null, scheduled_at: null },
      { [annotation.switchoverPending]: JSON.stringify({ value: "2", since: NOW }) },
    ],
  );
});

test("a request that Patroni still has in front of it is not done, whatever the timeline", () => {
  const scene = {
    members: [
      { name: "orders-i-aaaa" },
      { name: "orders-i-bbbb" },
      { name: "orders-i-cccc", role: "primary", timeline: 2 },
    ],
    failoverKey: { leader: "", member: "orders-i-bbbb-0" },
  } as const;
  const asked = { leader: "", candidate: "orders-i-bbbb-0", timeline: 1 };
  const annotations = {
    [annotation.switchover]: "1",
    [annotation.switchoverPending]: JSON.stringify({ value: "1", since: NOW - 1_000, asked }),
  };
  const still = plan(armed("orders-i-bbbb", "Failover"), annotations, scene);
  assert.equal(still.handled, undefined);
  assert.deepEqual(plan(armed("orders-i-bbbb", "Failover"), annotations, { members: scene.members }).handled, {
    value: "1",
    timeline: 2,
  });
});

test("a Failover that Patroni no longer has in front of it is ordered again", () => {
  const asked = { leader: "", candidate: "orders-i-bbbb-0", timeline: 1 };
  const since = (ms: number): Record<string, string> => ({
    [annotation.switchover]: "1",
    [annotation.switchoverPending]: JSON.stringify({ value: "1", since: NOW - ms, asked }),
  });
  assert.equal(request(plan(armed("orders-i-bbbb", "Failover"), since(1_000))), undefined, "it may be on its way");
  const again = plan(armed("orders-i-bbbb", "Failover"), since(4_000));
  assert.deepEqual(request(again), { leader: "", member: "orders-i-bbbb-0" });
  assert.deepEqual(again.actions.at(-1), { type: "wake", pod: "orders-i-aaaa-0" });
  const nobody = plan(armed("orders-i-bbbb", "Failover"), since(4_000), {
    members: [{ name: "orders-i-aaaa" }, { name: "orders-i-bbbb" }],
  });
  assert.deepEqual(request(nobody), { leader: "", member: "orders-i-bbbb-0" });
  const took = plan(armed("orders-i-bbbb", "Failover"), since(4_000), {
    leader: "orders-i-bbbb-0",
    members: [{ name: "orders-i-bbbb" }],
  });
  assert.equal(request(took), undefined);
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

test("refuses where there is nobody else", () => {
  const p = plan(armed(), { [annotation.switchover]: "1" }, { members: [{ name: "orders-i-aaaa", role: "primary" }] });
  assert.equal(p.handled?.value, "1");
});

const pending = (since: number): string =>
  JSON.stringify({
    value: "1",
    since,
    asked: { leader: "orders-i-aaaa-0", candidate: "orders-i-bbbb-0", timeline: 1 },
  });

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
