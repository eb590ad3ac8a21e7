import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../objects/types.ts";
import { quotaUsage } from "./usage.ts";

const pod = (cpu: string, memory: string, phase = "Running"): Pod => ({
  metadata: { name: "p" },
  spec: { containers: [{ name: "c", image: "x", resources: { requests: { cpu, memory }, limits: { cpu } } }] },
  status: { phase },
});

test("what runs is summed under every name that a quota knows it by; what has ended is not", () => {
  const hard = {
    pods: "9",
    "requests.cpu": "9",
    memory: "9Gi",
    "limits.cpu": "9",
    "requests.storage": "9Gi",
    "count/deployments.apps": "9",
    secrets: "9",
    "services.nodeports": "9",
  };
  const used = quotaUsage(
    { metadata: {}, spec: { hard } },
    {
      pods: [pod("500m", "1Gi"), pod("1", "512Mi"), pod("8", "8Gi", "Succeeded")],
      claims: [{ metadata: {}, spec: { resources: { requests: { storage: "3Gi" } } } }],
      services: [{ metadata: {}, spec: { type: "LoadBalancer" } }, { metadata: {} }],
      counts: new Map([
        ["deployments.apps", 2],
        ["secrets", 4],
      ]),
    },
  );
  assert.deepEqual(used, {
    pods: "2",
    "requests.cpu": "1500m",
    memory: "1536Mi",
    "limits.cpu": "1500m",
    "requests.storage": "3Gi",
    "count/deployments.apps": "2",
    secrets: "4",
    "services.nodeports": "1",
  });
});

test("a quota for pods without requests counts only those", () => {
  const bare: Pod = { metadata: { name: "b" }, spec: { containers: [{ name: "c", image: "x" }] } };
  const quota = { metadata: {}, spec: { hard: { pods: "9" }, scopes: ["BestEffort"] } };
  assert.deepEqual(quotaUsage(quota, { pods: [bare, pod("1", "1Gi")], claims: [], services: [], counts: new Map() }), {
    pods: "1",
  });
});
