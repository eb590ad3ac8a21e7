/** What the node's containers use, in the shape of the kubelet's /stats/summary. */

import { freemem, totalmem } from "node:os";
import { cgroupUsage } from "../runtime/cgroups.ts";
import type { KubeletOptions } from "./server.ts";

export function statsSummary({
  manager,
  nodeName,
  cgroupParent,
}: Pick<KubeletOptions, "manager" | "nodeName" | "cgroupParent">): object {
  const time = new Date().toISOString();
  const use = (path: string): object => {
    const { cpuNanos, memoryBytes } = cgroupUsage(path);
    return { cpu: { time, usageCoreNanoSeconds: cpuNanos }, memory: { time, workingSetBytes: memoryBytes } };
  };
  const pods = manager.list().map(({ pod, state }) => ({
    podRef: { name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid },
    startTime: state.startTime,
    containers: Object.values(state.containers)
      .filter(({ phase, id }) => phase === "running" && id !== undefined)
      .map(({ name, id, startedAt }) => ({
        name,
        startTime: startedAt,
        ...use(`${cgroupParent}/pod${pod.metadata.uid}/${id}`),
      })),
    ...use(`${cgroupParent}/pod${pod.metadata.uid}`),
  }));
  return {
    node: { nodeName, memory: { time, availableBytes: freemem(), workingSetBytes: totalmem() - freemem() } },
    pods,
  };
}
