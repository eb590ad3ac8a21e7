import assert from "node:assert/strict";
import { test } from "node:test";
import { testContainer, testPod } from "../testing/fixtures.ts";
import { containerLimits, effectiveSecurity, oomScoreAdj } from "./security.ts";

test("the container's word wins over the pod's", () => {
  const container = testContainer("main", {
    securityContext: {
      runAsUser: 5,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    },
  });
  const pod = testPod({
    containers: [container],
    securityContext: {
      runAsUser: 26,
      runAsGroup: 27,
      fsGroup: 28,
      supplementalGroups: [9],
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    },
  });
  const security = effectiveSecurity(pod, container);
  assert.deepEqual([security.runAsUser, security.runAsGroup, security.runAsNonRoot], [5, 27, true]);
  assert.deepEqual(security.supplementalGroups, [9, 28]);
  assert.deepEqual([security.readOnlyRoot, security.noNewPrivileges, security.seccomp], [true, true, true]);
});

test("limits in bytes and thousandths of a core", () => {
  const container = testContainer("main", {
    resources: { limits: { cpu: "1.5", memory: "64Mi" }, requests: { cpu: "250m" } },
  });
  assert.deepEqual(containerLimits(container), { memory: 64 * 2 ** 20, milliCpu: 1500, milliCpuRequest: 250 });
  assert.deepEqual(containerLimits(testContainer("none")), {});
});

test("who asked for nothing is killed first, who is guaranteed last", () => {
  const score = (resources: object) => {
    const container = testContainer("main", { resources });
    return oomScoreAdj(testPod({ containers: [container] }), container);
  };
  const guaranteed = { limits: { cpu: "1", memory: "1Gi" } };
  assert.equal(score({}), 1000);
  assert.equal(score(guaranteed), 0);
  const burstable = score({ requests: { memory: "1Gi" } });
  assert.ok(burstable > 1 && burstable < 1000);
});
