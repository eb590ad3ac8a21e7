/** Named sizes of an instance. Memory is what it is promised and limited to; processor time may be used beyond the promise. */

export type SizeId = "micro" | "small" | "medium" | "large";

export interface Size {
  readonly id: SizeId;
  readonly title: string;
  /** Promised processor time. */
  readonly cpu: string;
  /** The same as a number of processors. */
  readonly cpus: number;
  readonly cpuLimit: string;
  readonly memory: string;
  readonly memoryMiB: number;
}

export const sizes: readonly Size[] = [
  { id: "micro", title: "Micro", cpu: "100m", cpus: 0.1, cpuLimit: "1", memory: "512Mi", memoryMiB: 512 },
  { id: "small", title: "Small", cpu: "250m", cpus: 0.25, cpuLimit: "2", memory: "1Gi", memoryMiB: 1024 },
  { id: "medium", title: "Medium", cpu: "1", cpus: 1, cpuLimit: "4", memory: "4Gi", memoryMiB: 4096 },
  { id: "large", title: "Large", cpu: "4", cpus: 4, cpuLimit: "8", memory: "16Gi", memoryMiB: 16_384 },
];

/** The size of that name. */
export function sizeOf(id: SizeId): Size {
  const found = sizes.find((size) => size.id === id);
  if (found === undefined) throw new Error(`no size named ${id}`);
  return found;
}

/**
 * PostgreSQL's memory settings for an instance of that size: a quarter of its memory for shared buffers, three quarters as the
 * planner's guess of what the system caches. Source: PostgreSQL manual, resource consumption.
 */
export function memoryParameters(size: Size): Record<string, string> {
  return {
    shared_buffers: `${size.memoryMiB / 4}MB`,
    effective_cache_size: `${(size.memoryMiB * 3) / 4}MB`,
  };
}
