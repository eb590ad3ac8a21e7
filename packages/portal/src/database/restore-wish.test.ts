import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { leftBehindAt, wishFor } from "./restore-wish.ts";

const at = (clock: string) => `2026-11-21T${clock}:00.000Z`;
const window = { from: at("08:00"), to: at("12:00") };
const spans = [
  { from: at("09:00"), to: at("10:03"), timeline: 1, restoredAt: at("10:05") },
  { from: at("10:30"), to: at("11:00"), timeline: 2, restoredAt: at("11:02") },
];
const wish = (clock: string) => {
  const ms = Date.parse(at(clock));
  return wishFor(ms, window, leftBehindAt(ms, spans));
};

describe("the restore to a chosen moment", () => {
  it("is to that moment, and to the latest one at the end of the window", () => {
    assert.deepEqual(wish("08:30"), { target: at("08:30") });
    assert.deepEqual(wish("12:00"), { target: "latest" });
  });

  it("names the timeline where an earlier restore has left the moment behind", () => {
    assert.deepEqual(wish("09:30"), { target: at("09:30"), targetTimeline: 1 });
    assert.deepEqual(wish("10:59"), { target: at("10:59"), targetTimeline: 2 });
    for (const clock of ["09:00", "10:03", "10:15"]) assert.deepEqual(wish(clock), { target: at(clock) });
  });

  it("names the timeline at the end of the window too, while no later commit is archived", () => {
    const to = at("10:59");
    const ms = Date.parse(to);
    assert.deepEqual(wishFor(ms, { ...window, to }, leftBehindAt(ms, spans)), { target: to, targetTimeline: 2 });
  });
});
