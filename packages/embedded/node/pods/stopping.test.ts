import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Container } from "@keelson/kube";
import { identify, type ProcessId } from "../runtime/process.ts";
import { testContainer } from "../testing/fixtures.ts";
import { Deadline, stopContainer } from "./stopping.ts";

test("a grace period of months is not over at once", async () => {
  const deadline = new Deadline(Date.now() + 90 * 86_400_000);
  const passed = await Promise.race([deadline.passed.then(() => true), delay(30, false)]);
  assert.equal(passed, false);
  deadline.shorten(Date.now() + 10);
  await deadline.passed;
});

test("a container ends however its preStop hook is made", async () => {
  for (const httpGet of [{ port: "no such port" }, { port: 80, path: "/with a space" }]) {
    const child = spawn("sleep", ["60"]);
    const exited = once(child, "exit").then(() => {});
    const failures: string[] = [];
    const container: Container = testContainer("main", { lifecycle: { preStop: { httpGet } } } as Partial<Container>);
    await stopContainer({
      container,
      process: identify(child.pid ?? 0) as ProcessId,
      target: { container, podIP: "127.0.0.1", exec: () => Promise.reject(new Error("no container")) },
      deadline: new Deadline(Date.now() + 5_000),
      exited,
      onHookFailure: (why) => failures.push(why),
    });
    assert.equal(child.signalCode, "SIGTERM");
    assert.equal(failures.length, 1);
  }
});
