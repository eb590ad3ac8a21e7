import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ended, NOW, testContainer, testPod, testState } from "../testing/fixtures.ts";
import { hasFinished, planPod } from "./plan.ts";
import type { ContainerState } from "./state.ts";

const withInit = testPod({
  initContainers: [testContainer("first"), testContainer("side", { restartPolicy: "Always" }), testContainer("second")],
  containers: [testContainer("main"), testContainer("other")],
});
const roles = { first: "init", side: "sidecar", second: "init" } as const;
const state = (phases: Record<string, Partial<ContainerState>>) =>
  testState({ first: {}, side: {}, second: {}, main: {}, other: {}, ...phases }, roles);
const done = { phase: "exited", terminated: ended(0) } as const;

test("init containers run in order, a sidecar in its turn stays, then all main containers start", () => {
  assert.deepEqual(planPod(withInit, state({}), NOW, false).start, ["first"]);
  assert.deepEqual(planPod(withInit, state({ first: { phase: "running" } }), NOW, false).start, []);
  assert.deepEqual(planPod(withInit, state({ first: done }), NOW, false).start, ["side"]);
  const notStarted = { phase: "running", started: false } as const;
  assert.deepEqual(
    planPod(withInit, state({ first: done, side: notStarted }), NOW, false).start,
    [],
    "waits for the sidecar's startup probe",
  );
  const up = { phase: "running", started: true } as const;
  assert.deepEqual(planPod(withInit, state({ first: done, side: up }), NOW, false).start, ["second"]);
  assert.deepEqual(planPod(withInit, state({ first: done, side: up, second: done }), NOW, false).start, [
    "main",
    "other",
  ]);
});

test("a failed init container is tried again, but ends a pod that never restarts", () => {
  const failed = { first: { phase: "exited", terminated: ended(1) } } as const;
  assert.deepEqual(planPod(withInit, state(failed), NOW, false).start, ["first"]);
  const never = testPod({ ...withInit.spec, restartPolicy: "Never" });
  assert.equal(hasFinished(never, state(failed)), true);
  assert.equal(planPod(never, state(failed), NOW, false).finished, true);
});

test("restart policies", () => {
  const outcomes = { Always: [true, true], OnFailure: [false, true], Never: [false, false] } as const;
  for (const [restartPolicy, [afterSuccess, afterFailure]] of Object.entries(outcomes)) {
    const pod = testPod({ restartPolicy });
    const starts = (exitCode: number) =>
      planPod(pod, testState({ main: { phase: "exited", terminated: ended(exitCode) } }), NOW, false).start.length > 0;
    assert.equal(starts(0), afterSuccess, `${restartPolicy} after success`);
    assert.equal(starts(3), afterFailure, `${restartPolicy} after failure`);
  }
});

test("a container that fails again waits for its delay, and the plan says until when", () => {
  const backoff = { delayMs: 10_000, since: NOW - 4000 };
  const plan = planPod(testPod(), testState({ main: { phase: "exited", terminated: ended(1), backoff } }), NOW, false);
  assert.deepEqual(plan.start, []);
  assert.equal(plan.wakeAt, NOW + 6000);
  assert.deepEqual([...plan.waiting], [["main", NOW + 6000]]);
});

test("when a pod ends, its main containers end first and its sidecars last, the latest first", () => {
  const pod = testPod({
    initContainers: [testContainer("a", { restartPolicy: "Always" }), testContainer("b", { restartPolicy: "Always" })],
  });
  const sidecars = { a: "sidecar", b: "sidecar" } as const;
  const up = { phase: "running", started: true } as const;
  const stops = (main: Partial<ContainerState>, b: Partial<ContainerState>, a: Partial<ContainerState>) =>
    planPod(pod, testState({ a, b, main }, sidecars), NOW, true);
  assert.deepEqual(stops(up, up, up).stop, ["main"]);
  assert.deepEqual(stops(done, up, up).stop, ["b"]);
  assert.deepEqual(stops(done, done, up).stop, ["a"]);
  assert.equal(stops(done, done, done).finished, true);
  assert.deepEqual(
    planPod(pod, testState({ a: up, b: up, main: done }, sidecars), NOW, false).stop,
    [],
    "restarted under Always",
  );
  const never = testPod({ ...pod.spec, restartPolicy: "Never" });
  const over = planPod(never, testState({ a: up, b: up, main: done }, sidecars), NOW, false);
  assert.deepEqual(over.stop, ["b"], "a pod that is over needs no sidecar");
  assert.deepEqual([over.ending, over.finished], [true, false]);
});

test("a pod that is being ended starts nothing, whatever its state", () => {
  const phase = fc.constantFrom("new", "starting", "running", "exited");
  const container = fc.record({ phase, started: fc.boolean(), exitCode: fc.integer({ min: 0, max: 2 }) });
  fc.assert(
    fc.property(
      fc.array(container, { minLength: 5, maxLength: 5 }),
      fc.constantFrom("Always", "OnFailure", "Never"),
      (list, restartPolicy) => {
        const names = ["first", "side", "second", "main", "other"];
        const entries = list.map((each, index) => [
          names[index] ?? "",
          {
            phase: each.phase,
            started: each.started,
            ...(each.phase === "exited" ? { terminated: ended(each.exitCode) } : {}),
          } as Partial<ContainerState>,
        ]);
        const pod = testPod({ ...withInit.spec, restartPolicy });
        const plan = planPod(pod, testState(Object.fromEntries(entries), roles), NOW, true);
        assert.deepEqual(plan.start, []);
        assert.equal(
          plan.finished,
          list.every((each) => each.phase === "new" || each.phase === "exited"),
        );
        // Planning again from the same state gives the same plan.
        assert.deepEqual(planPod(pod, testState(Object.fromEntries(entries), roles), NOW, true), plan);
      },
    ),
  );
});
