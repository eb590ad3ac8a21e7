import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { logUnhandled } from "./log-unhandled.ts";

test("what nobody caught is logged, and a log that fails ends nothing either", () => {
  const program = new EventEmitter();
  const said: unknown[] = [];
  logUnhandled({ error: (...words: unknown[]) => void said.push(words) }, program);
  const err = new Error("ENOSPC");
  program.emit("unhandledRejection", err);
  program.emit("uncaughtException", err);
  assert.deepEqual(said, [
    [{ err }, "unhandled rejection"],
    [{ err }, "uncaught exception"],
  ]);

  const full = new EventEmitter();
  const fail = (): never => {
    throw new Error("no space left on device");
  };
  logUnhandled({ error: fail }, full);
  assert.doesNotThrow(() => full.emit("uncaughtException", err));
});
