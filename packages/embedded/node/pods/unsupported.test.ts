import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "@keelson/kube";
import { testContainer, testPod } from "../testing/fixtures.ts";
import { unsupportedField } from "./unsupported.ts";

test("what the node does not have is named, by its field", () => {
  const seccomp = (type: string) => ({ securityContext: { seccompProfile: { type } } });
  const cases: readonly (readonly [spec: object, field: string | undefined])[] = [
    [{}, undefined],
    [{ hostPID: false, hostIPC: false, hostUsers: true, hostNetwork: true }, undefined],
    [{ hostPID: true }, "spec.hostPID: true"],
    [{ hostIPC: true }, "spec.hostIPC: true"],
    [{ hostUsers: false }, "spec.hostUsers: false"],
    [{ ...seccomp("RuntimeDefault"), containers: [testContainer("a", seccomp("Unconfined"))] }, undefined],
    [seccomp("Localhost"), "spec.securityContext.seccompProfile.type: Localhost"],
    [
      { containers: [testContainer("a"), testContainer("b", seccomp("Localhost"))] },
      "spec.containers[1].securityContext.seccompProfile.type: Localhost",
    ],
    [
      { initContainers: [testContainer("a", seccomp("Localhost"))] },
      "spec.initContainers[0].securityContext.seccompProfile.type: Localhost",
    ],
  ];
  for (const [spec, field] of cases) assert.equal(unsupportedField(testPod(spec as NonNullable<Pod["spec"]>)), field);
});
