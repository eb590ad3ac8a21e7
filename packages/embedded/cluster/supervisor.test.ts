import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { layoutOf } from "./layout.ts";
import type { ProcessDefinition } from "./process-definitions.ts";
import { isRunning, processIdentity } from "./process-identity.ts";
import { endRecordedProcesses, recordProcesses } from "./process-record.ts";
import { Supervisor } from "./supervisor.ts";

const sayReady = `console.log(JSON.stringify({msg:"ready"}));setInterval(()=>{},1000)`;

function program(name: string, after: string[], source = sayReady): ProcessDefinition {
  return { name, command: [process.execPath, "-e", source], after, stopStage: 1, stopTimeoutMs: 1_000 };
}

function supervise(t: TestContext, definitions: ProcessDefinition[]) {
  const data = mkdtempSync(join(tmpdir(), "keelson-supervisor-"));
  const changes = new EventEmitter();
  const supervisor = new Supervisor(definitions, layoutOf(data), () => changes.emit("change"));
  t.after(async () => {
    await supervisor.stop();
    rmSync(data, { recursive: true });
  });
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await once(changes, "change", { signal: AbortSignal.timeout(10_000) });
  };
  const find = (name: string) => supervisor.report().find((process) => process.name === name);
  return { supervisor, data, until, find };
}

test("starts a program when those it needs are ready, and all of them again after kill -9", async (t) => {
  const { supervisor, until, find } = supervise(t, [program("first", []), program("second", ["first"])]);
  supervisor.start();
  assert.equal(find("second")?.state, "waiting");
  await until(() => find("second")?.state === "ready");
  const killed = find("first")?.pid ?? 0;
  process.kill(killed, "SIGKILL");
  await until(() => find("first")?.state === "ready" && find("first")?.pid !== killed);
  assert.equal(find("first")?.restarts, 1);
  assert.match(find("first")?.lastEnd ?? "", /^signal SIGKILL at /);
  assert.equal(find("second")?.restarts, 0);
});

test("a program that does not heed SIGTERM is killed when its time is over", async (t) => {
  const deaf = program("deaf", [], `process.on("SIGTERM",()=>{});${sayReady}`);
  const { supervisor, data, until, find } = supervise(t, [{ ...deaf, stopTimeoutMs: 100 }]);
  supervisor.start();
  await until(() => find("deaf")?.state === "ready");
  const identity = processIdentity(find("deaf")?.pid ?? 0);
  await supervisor.stop();
  assert.ok(identity !== undefined && !isRunning(identity));
  assert.match(readFileSync(join(data, "logs", "deaf.log"), "utf8"), /"ready"/);
});

test("what a killed supervisor left running is ended, and a process that only has its number is not", async (t) => {
  const { supervisor, data, until, find } = supervise(t, [program("left", [])]);
  supervisor.start();
  await until(() => find("left")?.state === "ready");
  const left = processIdentity(find("left")?.pid ?? 0);
  const own = processIdentity(process.pid);
  assert.ok(left !== undefined && own !== undefined);
  const file = join(data, "processes.json");
  const how = { stopStage: 1, stopTimeoutMs: 1_000 };
  recordProcesses(file, [
    { ...left, ...how },
    { ...own, ...how, startTime: own.startTime - 1 },
  ]);
  assert.equal(await endRecordedProcesses(file, "at once"), 1);
  assert.ok(!isRunning(left));
});

test("what was left ends stage by stage when there is time for it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "keelson-record-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const ends = join(folder, "ends");
  const left = (name: string): ChildProcess => {
    const onEnd = `require("fs").appendFileSync(${JSON.stringify(ends)}, "${name} ");process.exit()`;
    return spawn(process.execPath, ["-e", `process.on("SIGTERM",()=>{${onEnd}});${sayReady}`]);
  };
  const children = { last: left("last"), first: left("first") };
  for (const child of Object.values(children)) await once(child.stdout ?? child, "data");
  const record = (child: ChildProcess, stopStage: number) => {
    const identity = processIdentity(child.pid ?? 0);
    assert.ok(identity !== undefined);
    return { ...identity, stopStage, stopTimeoutMs: 5_000 };
  };
  const file = join(folder, "processes.json");
  recordProcesses(file, [record(children.last, 2), record(children.first, 1)]);
  assert.equal(await endRecordedProcesses(file, "in order"), 2);
  assert.equal(readFileSync(ends, "utf8"), "first last ");
});

test("a program that runs once is ready when its work is done, is not started again, and others wait for it", async (t) => {
  const single = { ...program("once", [], "setTimeout(()=>{},100)"), runsOnce: true };
  const { supervisor, until, find } = supervise(t, [single, program("second", ["once"])]);
  supervisor.start();
  await until(() => find("once")?.state === "starting");
  assert.equal(find("second")?.state, "waiting");
  await until(() => find("second")?.state === "ready");
  assert.equal(find("once")?.state, "ready");
  assert.equal(find("once")?.restarts, 0);
  assert.equal(find("once")?.pid, undefined);
});

test("a program that runs once and fails is tried again", async (t) => {
  const { supervisor, until, find } = supervise(t, [{ ...program("once", [], "process.exit(3)"), runsOnce: true }]);
  supervisor.start();
  await until(() => (find("once")?.restarts ?? 0) >= 1);
  assert.match(find("once")?.lastEnd ?? "", /^exit code 3 /);
});

test("a program that cannot be started is tried again, and ends nobody, whichever way that is said", async (t) => {
  const absent: ProcessDefinition = { ...program("absent", []), command: ["/absent/program"] };
  // As a lack of memory does, this is thrown.
  const thrown: ProcessDefinition = { ...program("thrown", []), command: [process.execPath, "\0"] };
  const { supervisor, until, find } = supervise(t, [absent, thrown, program("well", [])]);
  supervisor.start();
  for (const name of ["absent", "thrown"]) await until(() => (find(name)?.restarts ?? 0) >= 2);
  assert.match(find("absent")?.lastEnd ?? "", /ENOENT/);
  assert.match(find("thrown")?.lastEnd ?? "", /null bytes/);
  await until(() => find("well")?.state === "ready");
});

test("a supervisor that is stopped while a program cannot be started ends", async (t) => {
  const { supervisor } = supervise(t, [{ ...program("absent", []), command: ["/absent/program"] }]);
  supervisor.start();
  await supervisor.stop();
});
