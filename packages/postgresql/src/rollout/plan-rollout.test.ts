import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { annotation } from "../cluster/labels.ts";
import { type Member, pgCluster, type Scene, viewOf } from "../testing/fixtures.ts";
import { planRollout, planUnstarted } from "./plan-rollout.ts";

const templates = new Map(["orders-i-aaaa", "orders-i-bbbb", "orders-i-cccc"].map((name) => [name, "t2"]));
const done = { template: "t2" };
const old = { template: "t1" };

const plan = (members: Member[], scene: Scene = {}, moves = false) =>
  planRollout(pgCluster(), viewOf({ members, ...scene }), templates, moves);
const steps = (p: ReturnType<typeof plan>): string[] =>
  p.actions.map((a) =>
    a.type === "delete" ? `delete ${a.name}` : a.type === "create" || a.type === "annotate" ? "switchover" : a.type,
  );

const primary = { name: "orders-i-aaaa", role: "primary" } as const;
const [b, c] = [{ name: "orders-i-bbbb" }, { name: "orders-i-cccc" }];

test("nothing to do when all pods have their template", () => {
  assert.deepEqual(
    steps(
      plan([
        { ...primary, ...done },
        { ...b, ...done },
        { ...c, ...done },
      ]),
    ),
    [],
  );
});

test("replicas first, one at a time", () => {
  assert.deepEqual(
    steps(
      plan([
        { ...primary, ...old },
        { ...b, ...old },
        { ...c, ...old },
      ]),
    ),
    ["delete orders-i-bbbb-0"],
  );
});

test("waits while another instance is not ready", () => {
  const p = plan([
    { ...primary, ...old },
    { ...b, ...done, ready: false },
    { ...c, ...old },
  ]);
  assert.deepEqual(steps(p), []);
  assert.match(p.waitingFor ?? "", /orders-i-bbbb to be ready/);
});

test("waits until the replica that was restarted follows the primary again, and is one that commits wait for", () => {
  const members: Member[] = [
    { ...primary, ...old },
    { ...b, ...done },
    { ...c, ...old },
  ];
  const p = plan(members, { synchronous: ["orders-i-cccc-0"] });
  assert.deepEqual(steps(p), []);
  assert.match(p.waitingFor ?? "", /orders-i-bbbb to follow/);
  assert.deepEqual(steps(plan(members, { synchronous: ["orders-i-bbbb-0", "orders-i-cccc-0"] })), [
    "delete orders-i-cccc-0",
  ]);
});

test("an instance that is broken by its template is replaced at once", () => {
  assert.deepEqual(
    steps(
      plan([
        { ...primary, ...old },
        { ...b, ...old },
        { ...c, template: "bad", ready: false },
      ]),
    ),
    ["delete orders-i-cccc-0"],
  );
});

test("while an image is tried that cannot be pulled, nobody else is replaced, not even who is not ready", () => {
  const waiting = { reason: "ErrImagePull" };
  const status: Member["status"] = {
    phase: "Pending",
    containerStatuses: [
      { name: "database", image: "typo", imageID: "", ready: false, restartCount: 0, state: { waiting } },
    ],
  };
  for (const unready of [{}, { ready: false }]) {
    const p = plan([
      { ...primary, ...old, ...unready },
      { ...b, ...done, status },
      { ...c, ...old, ready: false },
    ]);
    assert.deepEqual(steps(p), []);
    assert.match(p.waitingFor ?? "", /orders-i-bbbb to be ready/);
  }
  const corrected = plan([
    { ...primary, ...old },
    { ...b, template: "typo", status },
    { ...c, ...old, ready: false },
  ]);
  assert.deepEqual(steps(corrected), ["delete orders-i-bbbb-0"]);
});

describe("a replica whose pod was deleted for its new template, while the primary is unready for a moment", () => {
  const broken = { ...primary, ...old, ready: false, leader: "orders-i-aaaa-0" };
  const placed: Member["status"] = { phase: "Pending", conditions: [{ type: "PodScheduled", status: "True" }] };
  /** With the replica's StatefulSet changed so. */
  const step = (replica: Partial<Member>, generation = 2, template = "t2") => {
    const view = viewOf({ members: [broken, { ...b, ...done, ...replica }] });
    const set = view.statefulSets.get("orders-i-bbbb");
    assert.ok(set?.spec);
    const spec = { ...set.spec, template: { metadata: { annotations: { [annotation.template]: template } } } };
    const changed = { ...set, metadata: { ...set.metadata, generation }, spec };
    return planRollout(
      pgCluster(),
      { ...view, statefulSets: new Map(view.statefulSets).set(b.name, changed) },
      templates,
    );
  };

  test("is waited for: its pod is away, or is new", () => {
    for (const replica of [{ pod: false }, { status: {} }, { status: placed }]) {
      const p = step(replica);
      assert.deepEqual(steps(p), [], JSON.stringify(replica));
      assert.match(p.waitingFor ?? "", /orders-i-bbbb to be ready/);
      assert.deepEqual(steps(step(replica, 1, "t1")), [], "its StatefulSet was not seen with the new template yet");
    }
  });

  test("is replaced when the template is corrected", () => {
    for (const status of [{}, placed])
      assert.equal(steps(step({ template: "typo", status }))[0]?.slice(0, 6), "delete");
  });

  test("keeps nobody from a template that may be the remedy when it is stopped, has no node, or is new", () => {
    const away = ["delete orders-i-aaaa-0"];
    assert.deepEqual(steps(step({ status: nowhere })), away);
    assert.deepEqual(steps(step({ pod: false, replicas: 0 })), away);
    for (const replica of [{ pod: false }, { status: placed }]) assert.deepEqual(steps(step(replica, 1)), away);
  });
});

test("the primary last, and by a switchover", () => {
  assert.deepEqual(
    steps(
      plan([
        { ...primary, ...old },
        { ...b, ...done },
        { ...c, ...done },
      ]),
    ),
    ["switchover", "wake"],
  );
});

test("while Patroni has the request nothing is asked again", () => {
  const p = plan(
    [
      { ...primary, ...old },
      { ...b, ...done },
      { ...c, ...done },
    ],
    { failoverKey: { leader: "orders-i-aaaa-0", member: "orders-i-bbbb-0" } },
  );
  assert.deepEqual(steps(p), []);
});

test("a single instance writes a checkpoint before it restarts", () => {
  const p = planRollout(pgCluster(), viewOf({ members: [{ ...primary, ...old }] }), new Map([["orders-i-aaaa", "t2"]]));
  assert.deepEqual(steps(p), ["checkpoint", "delete orders-i-aaaa-0"]);
});

/** The status of a pod that no node has room for. */
const nowhere: Member["status"] = { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False" }] };

test("a pod that no node has room for is replaced at once, whoever else is away", () => {
  const gone = { metadata: { deletionTimestamp: "2026-11-21T11:00:00Z" } };
  const members: Member[] = [
    { ...primary, ...old },
    { ...b, ...done },
    { ...c, ...old, status: nowhere },
  ];
  const view = viewOf({ members });
  const pods = new Map(view.pods);
  const leaving = pods.get("orders-i-bbbb-0");
  assert.ok(leaving);
  pods.set("orders-i-bbbb-0", { ...leaving, metadata: { ...leaving.metadata, ...gone.metadata } });
  assert.deepEqual(steps(planRollout(pgCluster(), { ...view, pods }, templates)), ["delete orders-i-cccc-0"]);
});

const former = { name: "orders-old-zzzz", set: "old", role: "primary" } as const;

test("a primary that is to go hands over to one that stays, best of all a synchronous one", () => {
  const members: Member[] = [former, { ...b, ...old }, { ...c, ...old }];
  assert.deepEqual(steps(plan(members, { synchronous: ["orders-i-cccc-0"] }, true)), ["switchover", "wake"]);
});

test("with a primary that is to go, what its template or its parameters keep from taking over is mended first", () => {
  const cases: [Member[], string[]][] = [
    [[former, { ...b, ...old, status: nowhere }], ["delete orders-i-bbbb-0"]],
    [[former, { ...b, ...old, ready: false }], ["delete orders-i-bbbb-0"]],
    [[former, { ...b, ...done, pendingRestart: grown }], ["restart"]],
    [[former, { ...b, ...done, ready: false }], []],
  ];
  for (const [members, wanted] of cases) {
    const p = plan(members, {}, true);
    assert.deepEqual(steps(p), wanted, JSON.stringify(members));
    if (wanted.length === 0) assert.match(p.waitingFor ?? "", /an instance that can become primary/);
  }
});

test("while nobody leads, only a pod whose PostgreSQL has never run is replaced", () => {
  const waiting = { waiting: { reason: "PodInitializing" } };
  const ended = { terminated: { exitCode: 1 } };
  const without = (database: object | undefined, template = "t1"): string[] => {
    const status = { name: "database", image: "", imageID: "", ready: false, restartCount: 0, ...database };
    const pod = { phase: "Pending", containerStatuses: database === undefined ? [] : [status] } as Member["status"];
    const view = viewOf({ members: [{ ...b, template, status: pod }], leader: null });
    return steps(planUnstarted(view, templates));
  };
  assert.deepEqual(without({ state: waiting }), ["delete orders-i-bbbb-0"]);
  assert.deepEqual(without({ state: waiting }, "t2"), []);
  assert.deepEqual(without(undefined), [], "not known");
  const unplaced = viewOf({ members: [{ ...b, ...old, status: nowhere }], leader: null });
  assert.deepEqual(steps(planUnstarted(unplaced, templates)), ["delete orders-i-bbbb-0"], "no node for it");
  for (const started of [
    { state: { running: {} } },
    { state: ended },
    { state: waiting, lastState: ended },
    { state: waiting, restartCount: 1 },
  ])
    assert.deepEqual(without(started), [], JSON.stringify(started));
});

const grown = { max_connections: { old_value: 100, new_value: 200 } };
const shrunk = { max_connections: { old_value: 200, new_value: 100 } };

test("a parameter that grows restarts replicas first", () => {
  const p = plan([
    { ...primary, ...done, pendingRestart: grown },
    { ...b, ...done, pendingRestart: grown },
    { ...c, ...done },
  ]);
  assert.deepEqual(p.actions, [{ type: "restart", pod: "orders-i-bbbb-0" }]);
});

test("a parameter that replicas may not have smaller restarts the primary first", () => {
  const p = plan([
    { ...primary, ...done, pendingRestart: shrunk },
    { ...b, ...done, pendingRestart: shrunk },
    { ...c, ...done },
  ]);
  assert.deepEqual(p.actions, [{ type: "restart", pod: "orders-i-aaaa-0" }]);
});

test("whatever the state: at most one instance is disturbed, never the primary's pod while another could take over", () => {
  const member = fc.record({ ready: fc.boolean(), template: fc.constantFrom("t1", "t2"), pending: fc.boolean() });
  fc.assert(
    fc.property(fc.tuple(member, member, member), ([x, y, z]) => {
      const of = (m: typeof x) => ({
        ready: m.ready,
        template: m.template,
        ...(m.pending ? { pendingRestart: grown } : {}),
      });
      const p = plan([
        { ...primary, ...of(x) },
        { ...b, ...of(y) },
        { ...c, ...of(z) },
      ]);
      const disturbing = p.actions.filter((a) => a.type === "delete" || a.type === "restart");
      assert.ok(disturbing.length <= 1);
      const unready = [x, y, z].filter((m) => !m.ready).length;
      // With somebody down already, only what is down itself may be touched.
      if (unready > 0 && disturbing[0]?.type === "delete") {
        const target = disturbing[0].name === "orders-i-aaaa-0" ? x : disturbing[0].name === "orders-i-bbbb-0" ? y : z;
        assert.equal(target.ready, false);
      }
      if (unready === 0) assert.ok(disturbing.every((a) => a.type !== "delete" || a.name !== "orders-i-aaaa-0"));
    }),
  );
});
