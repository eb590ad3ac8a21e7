import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../types.ts";
import { humanDuration } from "./column.ts";
import { podColumns } from "./pods.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const ages: readonly (readonly [ms: number, text: string])[] = [
  [0, "0s"],
  [-5 * second, "<invalid>"],
  [119 * second, "119s"],
  [2 * minute, "2m"],
  [3 * minute + 20 * second, "3m20s"],
  [10 * minute, "10m"],
  [3 * hour, "3h"],
  [7 * hour + 59 * minute, "7h59m"],
  [9 * hour, "9h"],
  [2 * day + 3 * hour, "2d3h"],
  [8 * day, "8d"],
  [800 * day, "2y70d"],
  [3_000 * day, "8y"],
];

for (const [ms, text] of ages) test(`an age of ${ms} ms is ${text}`, () => assert.equal(humanDuration(ms), text));

function statusColumn(pod: Partial<KubeObject>): unknown {
  const status = podColumns.find((column) => column.name === "Status");
  return status?.cell(
    {
      metadata: { name: "p" },
      spec: { containers: [{ name: "a" }], initContainers: [{ name: "i" }, { name: "j" }] },
      ...pod,
    },
    0,
  );
}

const running = { ready: true, state: { running: {} } };
const statuses: readonly (readonly [pod: Partial<KubeObject>, text: string])[] = [
  [{ status: { phase: "Pending" } }, "Pending"],
  [{ status: { phase: "Running", containerStatuses: [running] } }, "Running"],
  [
    { status: { phase: "Pending", containerStatuses: [{ state: { waiting: { reason: "ImagePullBackOff" } } }] } },
    "ImagePullBackOff",
  ],
  [{ status: { phase: "Failed", containerStatuses: [{ state: { terminated: { exitCode: 3 } } }] } }, "ExitCode:3"],
  [{ status: { phase: "Running", containerStatuses: [{ state: { terminated: { signal: 9 } } }] } }, "Signal:9"],
  [
    {
      status: {
        phase: "Succeeded",
        containerStatuses: [{ state: { terminated: { reason: "Completed", exitCode: 0 } } }],
      },
    },
    "Completed",
  ],
  [{ status: { phase: "Pending", initContainerStatuses: [{ name: "i", state: { running: {} } }] } }, "Init:0/2"],
  [
    {
      status: {
        phase: "Pending",
        initContainerStatuses: [
          { name: "i", state: { terminated: { exitCode: 0 } } },
          { name: "j", state: { terminated: { exitCode: 1, reason: "Error" } } },
        ],
      },
    },
    "Init:Error",
  ],
  [
    {
      metadata: { name: "p", deletionTimestamp: "2026-01-01T00:00:00Z" },
      status: { phase: "Running", containerStatuses: [running] },
    },
    "Terminating",
  ],
];

for (const [pod, text] of statuses) test(`a pod's status reads ${text}`, () => assert.equal(statusColumn(pod), text));
