import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, ConnectionError } from "../client/api-error.ts";
import { NotYet, TransientError } from "./errors.ts";
import { treat } from "./treatment.ts";

const backoff = { baseMs: 100, maxMs: 1_000 };
const given = (error: unknown, failures = 1) => treat({ error, failures, backoff, random: 1 });

test("each class of error has its treatment", () => {
  const cases: {
    error: unknown;
    class: string;
    delayMs: number;
    counts: boolean;
    reason: string;
    log: string;
  }[] = [
    {
      error: new TransientError("Busy", "m"),
      class: "transient",
      delayMs: 100,
      counts: true,
      reason: "Busy",
      log: "warn",
    },
    {
      error: new NotYet("Joining", "m", { afterMs: 7 }),
      class: "notYet",
      delayMs: 7,
      counts: false,
      reason: "Joining",
      log: "debug",
    },
    {
      error: new ApiError({ status: 409, reason: "Conflict", message: "m" }),
      class: "conflict",
      delayMs: 0,
      counts: true,
      reason: "Conflict",
      log: "debug",
    },
    {
      error: new ApiError({ status: 409, reason: "AlreadyExists", message: "m" }),
      class: "transient",
      delayMs: 100,
      counts: true,
      reason: "AlreadyExists",
      log: "warn",
    },
    {
      error: new ApiError({ status: 429, reason: "TooManyRequests", message: "m", retryAfterMs: 5_000 }),
      class: "transient",
      delayMs: 5_000,
      counts: true,
      reason: "TooManyRequests",
      log: "warn",
    },
    {
      error: new ConnectionError("m", { code: "ECONNREFUSED", unsent: true }),
      class: "transient",
      delayMs: 100,
      counts: true,
      reason: "ApiUnreachable",
      log: "warn",
    },
    {
      error: new TypeError("undefined is not a function"),
      class: "bug",
      delayMs: 100,
      counts: true,
      reason: "InternalError",
      log: "error",
    },
    { error: "thrown text", class: "transient", delayMs: 100, counts: true, reason: "Error", log: "warn" },
  ];
  for (const { error, counts, ...expected } of cases) {
    assert.deepEqual(given(error), { ...expected, countsAsFailure: counts }, String(error));
  }
});

test("a streak is warned about once, and its waits grow up to the limit", () => {
  const error = new TransientError("Busy", "m");
  assert.equal(given(error, 2).log, "debug");
  assert.deepEqual(
    [1, 2, 3, 4, 5, 20].map((failures) => given(error, failures).delayMs),
    [100, 200, 400, 800, 1_000, 1_000],
  );
});

test("conflict after conflict does not spin", () => {
  const error = new ApiError({ status: 409, reason: "Conflict", message: "m" });
  const waits = [1, 2, 3, 10, 20].map((failures) => given(error, failures).delayMs);
  assert.equal(waits[0], 0);
  assert.ok(waits.slice(1).every((ms) => ms > 0 && ms <= 5_000));
});
