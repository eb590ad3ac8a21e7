import assert from "node:assert/strict";
import { test } from "node:test";
import { ended, testPod, testState } from "../testing/fixtures.ts";
import { activeDeadline } from "./active-deadline.ts";

test("a pod's time is over so long after its start, and never for one that has ended by itself or without a limit", () => {
  const limited = testPod({ restartPolicy: "Never", activeDeadlineSeconds: 60 });
  const running = testState({ main: { phase: "running" } });
  assert.equal(activeDeadline(limited, running), Date.parse(running.startTime) + 60_000);
  assert.equal(activeDeadline(testPod({ restartPolicy: "Never" }), running), undefined);
  for (const code of [0, 1]) {
    const finished = testState({ main: { phase: "exited", terminated: ended(code) } });
    assert.equal(activeDeadline(limited, finished), undefined);
  }
});
