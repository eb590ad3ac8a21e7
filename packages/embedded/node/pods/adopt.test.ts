import assert from "node:assert/strict";
import { test } from "node:test";
import { identify } from "../runtime/process.ts";
import { ended, NOW, testState } from "../testing/fixtures.ts";
import { adopt } from "./adopt.ts";

const now = new Date(NOW);
const noExits = { exit: () => undefined };
const world = {
  bootId: "boot",
  restartPolicy: "Always",
  now,
  runtime: noExits as Parameters<typeof adopt>[1]["runtime"],
};
const me = identify(process.pid);
if (me === undefined) throw new Error("this very process is not there");

test("a container that runs is left alone, with its probes' verdicts", () => {
  const state = testState({
    main: { phase: "running", id: "a", process: me, started: true, ready: true, restartCount: 3 },
  });
  const before = structuredClone(state);
  adopt(state, world);
  assert.deepEqual(state, before);
});

test("a container that ended while nobody looked is read from its exit file later", () => {
  const state = testState({ main: { phase: "running", id: "a", process: { pid: 999_999, startTicks: "1" } } });
  adopt(state, { ...world, runtime: { exit: () => ({ exitCode: 3, finishedAt: now, oomKilled: false }) } });
  assert.equal(state.containers["main"]?.phase, "running");
});

test("a process number that was given to another process does not count", () => {
  const state = testState({ main: { phase: "running", id: "a", process: { ...me, startTicks: "1" } } });
  state.sandbox = { ip: "10.244.1.2", veth: "v", createdAt: "" };
  adopt(state, world);
  assert.equal(state.containers["main"]?.phase, "exited");
  assert.equal(state.containers["main"]?.terminated?.reason, "ContainerStatusUnknown");
});

test("after a reboot everything has ended, the sandbox is gone and init containers run again", () => {
  const state = testState(
    { init: { phase: "exited", terminated: ended(0) }, main: { phase: "running", id: "a", process: me, ready: true } },
    { init: "init" },
  );
  state.sandbox = { ip: "10.244.1.2", veth: "v", createdAt: "" };
  adopt(state, { ...world, bootId: "another boot" });
  assert.equal(state.sandbox, undefined);
  assert.equal(state.bootId, "another boot");
  assert.equal(state.containers["init"]?.phase, "new");
  assert.equal(state.containers["main"]?.last?.exitCode, 255);
  assert.equal(state.containers["main"]?.phase, "new");
  assert.equal(state.containers["main"]?.ready, false);
});

test("what was to run only once does not run again after a reboot", () => {
  const state = testState(
    { init: { phase: "exited", terminated: ended(0) }, main: { phase: "exited", terminated: ended(0) } },
    { init: "init" },
  );
  adopt(state, { ...world, restartPolicy: "OnFailure", bootId: "another boot" });
  assert.equal(state.containers["main"]?.phase, "exited");
  assert.equal(state.containers["init"]?.phase, "exited");
});

test("a start that was cut off is made again", () => {
  const first = testState({ main: { phase: "starting", id: "a" } });
  adopt(first, world);
  assert.equal(first.containers["main"]?.phase, "new");
  const again = testState({ main: { phase: "starting", id: "a", restartCount: 2, last: ended(1) } });
  again.sandbox = { ip: "10.244.1.2", veth: "v", createdAt: "" };
  adopt(again, world);
  assert.equal(again.containers["main"]?.phase, "exited");
  assert.equal(again.containers["main"]?.terminated?.exitCode, 1);
});
