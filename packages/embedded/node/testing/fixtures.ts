/** Objects for tests, with what the test is not about filled in. */

import type { Container, Live, Pod } from "@keelson/kube";
import { type ContainerState, newContainer, type PodState, type Terminated } from "../pods/state.ts";

export const NOW = Date.parse("2026-01-02T03:04:05Z");

/** A pod with one container unless the spec says otherwise. */
export function testPod(
  spec: Partial<NonNullable<Pod["spec"]>> = {},
  metadata: Partial<Live<Pod>["metadata"]> = {},
): Live<Pod> {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "pod",
      namespace: "ns",
      uid: "u-1",
      resourceVersion: "1",
      creationTimestamp: "2026-01-02T03:00:00Z",
      ...metadata,
    } as Live<Pod>["metadata"],
    spec: { containers: [testContainer("main")], ...spec },
  };
}

export function testContainer(name: string, more: Partial<Container> & { restartPolicy?: string } = {}): Container {
  return { name, image: "busybox", ...more } as Container;
}

/** A state in which nothing has happened yet, but for what is given. */
export function testState(
  containers: Record<string, Partial<ContainerState>> = {},
  roles: Record<string, ContainerState["role"]> = {},
): PodState {
  const all = Object.entries(containers).map(([name, more]) => [
    name,
    { ...newContainer(name, roles[name] ?? "main"), ...more },
  ]);
  return {
    uid: "u-1",
    namespace: "ns",
    name: "pod",
    bootId: "boot",
    startTime: "2026-01-02T03:00:00Z",
    containers: Object.fromEntries(all),
  };
}

export function ended(exitCode: number, finishedAt = new Date(NOW - 1000).toISOString()): Terminated {
  return {
    containerID: "keelson://x",
    exitCode,
    reason: exitCode === 0 ? "Completed" : "Error",
    startedAt: finishedAt,
    finishedAt,
  };
}
