import assert from "node:assert/strict";
import { test } from "node:test";
import { ended, NOW, testContainer, testPod, testState } from "../testing/fixtures.ts";
import type { ContainerState } from "./state.ts";
import { podPhase, podStatus } from "./status.ts";

const up: Partial<ContainerState> = {
  phase: "running",
  id: "abc",
  started: true,
  ready: true,
  startedAt: "2026-01-02T03:04:00Z",
};
const status = (pod = testPod(), state = testState({ main: up }), finished = false) =>
  podStatus({ pod, state, hostIP: "10.95.1.1", finished, now: NOW });
const condition = (of: ReturnType<typeof status>, type: string) => of.conditions?.find((each) => each.type === type);

test("phases", () => {
  const never = testPod({ restartPolicy: "Never" });
  const cases: [string, ReturnType<typeof testPod>, Partial<ContainerState>, boolean, string][] = [
    ["nothing started", testPod(), {}, false, "Pending"],
    ["running", testPod(), up, false, "Running"],
    ["waits for its restart", testPod(), { phase: "exited", terminated: ended(1) }, false, "Running"],
    ["ended well for good", never, { phase: "exited", terminated: ended(0) }, false, "Succeeded"],
    ["ended badly for good", never, { phase: "exited", terminated: ended(1) }, false, "Failed"],
    ["deleted before it ran", testPod(), {}, true, "Failed"],
    ["deleted, ended well", testPod(), { phase: "exited", terminated: ended(0) }, true, "Succeeded"],
  ];
  for (const [name, pod, container, finished, phase] of cases) {
    assert.equal(podPhase({ pod, state: testState({ main: container }), finished }), phase, name);
  }
});

test("a running pod is ready when its containers and its gates are", () => {
  assert.equal(condition(status(), "Ready")?.status, "True");
  const unready = status(testPod(), testState({ main: { ...up, ready: false } }));
  assert.equal(condition(unready, "Ready")?.reason, "ContainersNotReady");
  assert.equal(condition(unready, "ContainersReady")?.message, "containers with unready status: [main]");
  const gated = testPod({ readinessGates: [{ conditionType: "example.com/ok" }] });
  assert.equal(condition(status(gated), "Ready")?.reason, "ReadinessGatesNotReady");
  assert.equal(condition(status(gated), "ContainersReady")?.status, "True");
  const open = { ...gated, status: { conditions: [{ type: "example.com/ok", status: "True" }] } };
  assert.equal(condition(status(open), "Ready")?.status, "True");
});

test("a condition keeps its time until it changes", () => {
  const pod = {
    ...testPod(),
    status: { conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2020-01-01T00:00:00Z" as never }] },
  };
  assert.equal(condition(status(pod), "Ready")?.lastTransitionTime, "2020-01-01T00:00:00Z");
  const changed = status(pod, testState({ main: { ...up, ready: false } }));
  assert.equal(condition(changed, "Ready")?.lastTransitionTime, "2026-01-02T03:04:05Z");
});

test("a container that waits for its restart says so and shows its end as the last state", () => {
  const backoff = { delayMs: 20_000, since: NOW - 1000 };
  const { containerStatuses: [main] = [] } = status(
    testPod(),
    testState({ main: { phase: "exited", terminated: ended(7), backoff, restartCount: 2 } }),
  );
  assert.equal(main?.state?.waiting?.reason, "CrashLoopBackOff");
  assert.match(
    main?.state?.waiting?.message ?? "",
    /^back-off 20s restarting failed container=main pod=pod_ns\(u-1\)$/,
  );
  assert.equal(main?.lastState?.terminated?.exitCode, 7);
  assert.equal(main?.restartCount, 2);
  assert.equal(main?.ready, false);
});

test("containers wait for init containers, which are ready when they have succeeded", () => {
  const pod = testPod({ initContainers: [testContainer("init")] });
  const before = status(pod, testState({ init: up, main: {} }, { init: "init" }));
  assert.equal(before.containerStatuses?.[0]?.state?.waiting?.reason, "PodInitializing");
  assert.equal(condition(before, "Initialized")?.message, "containers with incomplete status: [init]");
  assert.equal(before.initContainerStatuses?.[0]?.ready, false);
  const after = status(pod, testState({ init: { phase: "exited", terminated: ended(0) }, main: up }, { init: "init" }));
  assert.equal(condition(after, "Initialized")?.status, "True");
  assert.equal(after.initContainerStatuses?.[0]?.ready, true);
  assert.equal(after.initContainerStatuses?.[0]?.state?.terminated?.reason, "Completed");
});

test("a sandbox gives addresses and its condition", () => {
  const state = testState({ main: up });
  assert.equal(condition(status(testPod(), state), "PodReadyToStartContainers")?.status, "False");
  state.sandbox = { ip: "10.244.1.2", veth: "pod1-2", createdAt: "" };
  const { podIP, podIPs, hostIP } = status(testPod(), state);
  assert.deepEqual([podIP, podIPs, hostIP], ["10.244.1.2", [{ ip: "10.244.1.2" }], "10.95.1.1"]);
});
