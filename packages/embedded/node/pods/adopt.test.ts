import assert from "node:assert/strict";
import { test } from "node:test";
import { identify } from "../runtime/process.ts";
import { ended, NOW, testState } from "../testing/fixtures.ts";
import { adopt } from "./adopt.ts";

const now = new Date(NOW);
const noExits = { exit: () => undefined };
const me = identify(process.pid);
if (me === undefined) throw new Error("this very process is not there");

test("a container that runs is left alone, with its probes' verdicts", () => {
  const state = testState({
    main: { phase: "running", id: "a", process: me, started: true, ready: true, restartCount: 3 },
  });
  const before = structuredClone(state);
  adopt(state, "boot", noExits, now);
  assert.deepEqual(state, before);
});

test("a container that ended while nobody looked is read from its exit file later", () => {
  const state = testState({ main: { phase: "running", id: "a", process: { pid: 999_999, startTicks: "1" } } });
  adopt(state, "boot", { exit: () => ({ exitCode: 3, finishedAt: now, oomKilled: false }) }, now);
  assert.equal(state.containers["main"]?.phase, "running");
});

test("a process number that was given to another process does not count", () => {
  const state = testState({ main: { phase: "running", id: "a", process: { ...me, startTicks: "1" } } });
  adopt(state, "boot", noExits, now);
  assert.equal(state.containers["main"]?.phase, "exited");
  assert.equal(state.containers["main"]?.terminated?.reason, "ContainerStatusUnknown");
});

test("after a reboot everything has ended, the sandbox is gone and init containers run again", () => {
  const state = testState(
    { init: { phase: "exited", terminated: ended(0) }, main: { phase: "running", id: "a", process: me, ready: true } },
    { init: "init" },
  );
  state.sandbox = { ip: "10.244.1.2", veth: "v", createdAt: "" };
  adopt(state, "another boot", noExits, now);
  assert.equal(state.sandbox, undefined);
  assert.equal(state.bootId, "another boot");
  assert.equal(state.containers["init"]?.phase, "new");
  assert.equal(state.containers["main"]?.terminated?.exitCode, 255);
  assert.equal(state.containers["main"]?.ready, false);
});

test("a start that was cut off is made again", () => {
  const first = testState({ main: { phase: "starting", id: "a" } });
  adopt(first, "boot", noExits, now);
  assert.equal(first.containers["main"]?.phase, "new");
  const again = testState({ main: { phase: "starting", id: "a", restartCount: 2, last: ended(1) } });
  adopt(again, "boot", noExits, now);
  assert.equal(again.containers["main"]?.phase, "exited");
  assert.equal(again.containers["main"]?.terminated?.exitCode, 1);
});
