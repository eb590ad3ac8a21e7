import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ApiError, ConnectionError } from "../client/api-error.ts";
import { type FailureClass, failureClass, WatchFailures } from "./watch-failures.ts";

test("failures by what they tell about the server", () => {
  const api = (status: number, reason = "") => new ApiError({ status, reason, message: "m" });
  assert.equal(failureClass(new ConnectionError("m", { code: "ECONNREFUSED", unsent: true })), "away");
  assert.equal(failureClass(new ConnectionError("m", { code: "BROKEN", unsent: false })), "broken");
  assert.equal(failureClass(api(410)), "expired");
  assert.equal(failureClass(api(500, "Expired")), "expired");
  assert.equal(failureClass(api(403)), "refused");
});

test("a 410 after a long outage is followed by a list at once", () => {
  const failures = new WatchFailures();
  for (let i = 0; i < 50; i++) assert.ok(failures.failed("away") <= 500);
  failures.opened();
  assert.equal(failures.failed("expired"), 0);
  assert.ok(failures.failed("expired") > 0, "but not again and again");
});

test("watches that are accepted and end at once do not spin", () => {
  const failures = new WatchFailures();
  const waits = Array.from({ length: 10 }, () => {
    const wait = failures.failed("empty", undefined, 1);
    failures.opened();
    return wait;
  });
  assert.deepEqual(waits.slice(0, 4), [100, 200, 400, 800]);
  assert.equal(waits.at(-1), 5_000);
});

test("property: no wait is longer than half a minute unless the server asks, and success ends all", () => {
  const classes = fc.array(fc.constantFrom<FailureClass>("away", "broken", "expired", "empty", "refused"));
  fc.assert(
    fc.property(classes, (sequence) => {
      const failures = new WatchFailures();
      for (const each of sequence) assert.ok(failures.failed(each) <= 30_000);
      assert.equal(failures.total, sequence.length);
      failures.succeeded();
      assert.equal(failures.total, 0);
      assert.ok(failures.failed("refused") <= 100);
    }),
  );
});
