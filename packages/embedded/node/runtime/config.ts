/** The OCI runtime configuration (config.json) of a container. Pure: everything has been looked up before. */

import { defaultSeccompProfile } from "./seccomp.ts";

/** Something of the host that a container sees. */
export interface BindMount {
  readonly source: string;
  readonly destination: string;
  readonly readOnly: boolean;
}

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

export interface Limits {
  /** Bytes. */
  readonly memory?: number;
  /** Thousandths of a core, the most it may use. */
  readonly milliCpu?: number;
  /** Thousandths of a core that it asked for. */
  readonly milliCpuRequest?: number;
}

export interface ContainerConfig {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: ContainerUser;
  readonly terminal: boolean;
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly privileged: boolean;
  readonly readOnlyRoot: boolean;
  /** False: the machine's system call filter is off, Kubernetes' default. */
  readonly seccomp: boolean;
  readonly oomScoreAdj: number;
  readonly mounts: readonly BindMount[];
  /** Paths of namespaces to join; pid only when the pod shares one. */
  readonly namespaces: {
    readonly net: string | undefined;
    readonly ipc: string;
    readonly uts: string;
    readonly pid?: string;
  };
  readonly cgroupPath: string;
  readonly cgroupVersion: 1 | 2;
  readonly limits: Limits;
  readonly sysctls: Readonly<Record<string, string>>;
}

const CPU_PERIOD_US = 100_000;
/** Processes and threads of one container: many for a database, few for a machine. */
const MOST_PROCESSES = 4096;
/** The fewest shares that the kernel takes. */
const MIN_SHARES = 2;

const MASKED = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];
const READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** The whole config.json. */
export function ociConfig(config: ContainerConfig): object {
  const { namespaces } = config;
  return {
    ociVersion: "1.0.2",
    process: ociProcess(config),
    root: { path: "rootfs", readonly: config.readOnlyRoot },
    mounts: [...systemMounts(config), ...config.mounts.map(bindMount)],
    linux: {
      namespaces: [
        { type: "mount" },
        { type: "pid", ...(namespaces.pid === undefined ? {} : { path: namespaces.pid }) },
        ...(namespaces.net === undefined ? [] : [{ type: "network", path: namespaces.net }]),
        { type: "ipc", path: namespaces.ipc },
        { type: "uts", path: namespaces.uts },
        ...(config.cgroupVersion === 2 ? [{ type: "cgroup" }] : []),
      ],
      cgroupsPath: config.cgroupPath,
      resources: {
        devices: deviceRules(config.privileged),
        pids: { limit: MOST_PROCESSES },
        ...resources(config.limits, config.cgroupVersion),
      },
      ...(Object.keys(config.sysctls).length === 0 ? {} : { sysctl: config.sysctls }),
      ...(config.privileged ? {} : { maskedPaths: MASKED, readonlyPaths: READ_ONLY }),
      ...(config.seccomp && !config.privileged ? { seccomp: defaultSeccompProfile(config.capabilities) } : {}),
    },
  };
}

/** The `process` part, which is also what `runc exec` takes. */
export function ociProcess(
  config: Pick<ContainerConfig, "args" | "env" | "cwd" | "user" | "terminal" | "capabilities" | "noNewPrivileges"> & {
    oomScoreAdj?: number;
  },
): object {
  const { user, capabilities } = config;
  return {
    terminal: config.terminal,
    user: { uid: user.uid, gid: user.gid, additionalGids: user.groups },
    args: config.args,
    env: config.env,
    cwd: config.cwd,
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    noNewPrivileges: config.noNewPrivileges,
    ...(config.oomScoreAdj === undefined ? {} : { oomScoreAdj: config.oomScoreAdj }),
  };
}

function systemMounts(config: ContainerConfig): object[] {
  const readOnly = config.privileged ? [] : ["ro"];
  return [
    { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", ...readOnly] },
    {
      destination: "/sys/fs/cgroup",
      type: "cgroup",
      source: "cgroup",
      options: ["nosuid", "noexec", "nodev", "relatime", ...readOnly],
    },
  ];
}

function bindMount(mount: BindMount): object {
  const options = ["rbind", "rprivate", mount.readOnly ? "ro" : "rw"];
  return { destination: mount.destination, type: "bind", source: mount.source, options };
}

/** Everything is denied but what every container has; runc adds /dev/null and its like by itself. */
function deviceRules(privileged: boolean): object[] {
  return [{ allow: privileged, access: "rwm" }];
}

/**
 * CPU and memory as the cgroup takes them. A limit of CPU without a request asks for as much. Memory and swap together have the limit of
 * memory: no pod swaps, as in Kubernetes. Not in version 1, where not every kernel counts swap, and runc fails where it does not.
 */
export function resources(limits: Limits, version: 1 | 2): object {
  const { memory, milliCpu } = limits;
  const request = limits.milliCpuRequest ?? milliCpu ?? 0;
  const shares = Math.max(MIN_SHARES, Math.floor((request * 1024) / 1000));
  const quota =
    milliCpu === undefined
      ? {}
      : { quota: Math.max(1000, Math.floor((milliCpu * CPU_PERIOD_US) / 1000)), period: CPU_PERIOD_US };
  const swap = version === 2 ? { swap: memory } : {};
  return { cpu: { shares, ...quota }, ...(memory === undefined ? {} : { memory: { limit: memory, ...swap } }) };
}
