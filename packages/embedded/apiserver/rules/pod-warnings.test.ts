import assert from "node:assert/strict";
import { test } from "node:test";
import { podSpecWarnings } from "./pod-warnings.ts";

test("parts of bytes and ports that are declared twice are told, in Kubernetes' words", () => {
  const port = (more: object) => ({ containerPort: 80, protocol: "TCP", ...more });
  const spec = {
    overhead: { memory: "0.5" },
    initContainers: [{ name: "i", resources: { limits: { memory: "100m", cpu: "100m" } } }],
    containers: [
      {
        name: "a",
        resources: { requests: { memory: "1Gi", "ephemeral-storage": "1500m" } },
        ports: [port({ name: "http" }), port({ hostPort: 8080 }), port({ hostPort: 8080, hostIP: "10.0.0.1" })],
        env: [
          { name: "A", value: "1" },
          { name: "A", value: "$(A)2" },
          { name: "A", value: "$(A)" },
        ],
      },
      {
        name: "b",
        ports: [
          port({ name: "http", protocol: "UDP" }),
          port({ name: "http" }),
          port({ hostIP: "1.1.1.1", protocol: "SCTP" }),
        ],
      },
    ],
  };
  const at = (container: number, index: number) => `spec.containers[${container}].ports[${index}]`;
  assert.deepEqual(podSpecWarnings(spec, "spec"), [
    'spec.overhead[memory]: fractional byte value "500m" is invalid, must be an integer',
    'spec.initContainers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
    'spec.containers[0].resources.requests[ephemeral-storage]: fractional byte value "1500m" is invalid, must be an integer',
    'spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply',
    `${at(0, 1)}: overlapping port definition with ${at(0, 0)}`,
    `${at(0, 2)}: overlapping port definition with ${at(0, 0)}`,
    `${at(0, 2)}: dangerously ambiguous port definition with ${at(0, 1)}`,
    `${at(1, 1)}: duplicate port definition with ${at(0, 0)}`,
    `${at(1, 1)}: overlapping port definition with ${at(0, 1)}`,
    `${at(1, 1)}: overlapping port definition with ${at(0, 2)}`,
    `${at(1, 2)}: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:SCTP HostIP:1.1.1.1}`,
    `${at(1, 0)}: duplicate port name "http" with ${at(0, 0)}, services and probes that select ports by name will use ${at(0, 0)}`,
    `${at(1, 1)}: duplicate port name "http" with ${at(0, 0)}, services and probes that select ports by name will use ${at(0, 0)}`,
  ]);
});

test("thousands of ports are compared in no time, and told of in part", { timeout: 10_000 }, () => {
  const ports = Array.from({ length: 30_000 }, () => ({ containerPort: 80, protocol: "TCP" }));
  const told = podSpecWarnings({ containers: [{ name: "a", ports }] }, "spec");
  assert.ok(told.length >= 100 && told.length < 300, String(told.length));
});
