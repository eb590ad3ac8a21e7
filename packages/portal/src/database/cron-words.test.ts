import assert from "node:assert/strict";
import { it } from "node:test";
import { cronWords } from "./cron-words.ts";

it("says the usual schedules in words and leaves the others as they are", () => {
  const cases = {
    "0 1 * * *": "every day at 01:00 UTC",
    "30 4,16 * * *": "every day at 04:30, 16:30 UTC",
    "0 1 * * 0": "on Sundays at 01:00 UTC",
    "0 1 * * 1-6": "Monday to Saturday at 01:00 UTC",
    "0 1 * * 1,4": "on Mondays, Thursdays at 01:00 UTC",
    "0 */6 * * *": "every 6 hours",
    "0 1 1 * *": "(0 1 1 * *)",
    "*/5 * * * *": "(*/5 * * * *)",
  };
  for (const [cron, words] of Object.entries(cases)) assert.equal(cronWords(cron), words);
});
