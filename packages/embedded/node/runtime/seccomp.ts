/**
 * The system call filter of `seccompProfile: RuntimeDefault`. It forbids what reaches beyond a container (modules, mounts, kernel
 * tracing, clocks, key rings) and allows the rest: narrower than none, wider than containerd's list of allowed calls, which changes
 * with every kernel. A call is allowed again to a container that has the capability that guards it.
 */

interface Forbidden {
  readonly calls: readonly string[];
  /** The capability that lifts the ban. */
  readonly unless: string | undefined;
}

const FORBIDDEN: readonly Forbidden[] = [
  {
    unless: "CAP_SYS_ADMIN",
    calls: [
      "mount",
      "umount",
      "umount2",
      "pivot_root",
      "setns",
      "unshare",
      "fsopen",
      "fsconfig",
      "fsmount",
      "fspick",
      "move_mount",
      "open_tree",
      "mount_setattr",
      "quotactl",
      "quotactl_fd",
      "swapon",
      "swapoff",
      "lookup_dcookie",
      "fanotify_init",
      "perf_event_open",
      "bpf",
      "sethostname",
      "setdomainname",
    ],
  },
  {
    unless: "CAP_SYS_MODULE",
    calls: ["init_module", "finit_module", "delete_module", "create_module", "query_module", "get_kernel_syms"],
  },
  { unless: "CAP_SYS_BOOT", calls: ["reboot", "kexec_load", "kexec_file_load"] },
  { unless: "CAP_SYS_TIME", calls: ["settimeofday", "stime", "clock_settime", "clock_settime64"] },
  { unless: "CAP_SYS_PACCT", calls: ["acct"] },
  { unless: "CAP_SYS_RAWIO", calls: ["iopl", "ioperm"] },
  { unless: "CAP_SYSLOG", calls: ["syslog"] },
  { unless: "CAP_DAC_READ_SEARCH", calls: ["open_by_handle_at"] },
  {
    unless: undefined,
    calls: [
      "add_key",
      "keyctl",
      "request_key",
      "userfaultfd",
      "nfsservctl",
      "uselib",
      "ustat",
      "sysfs",
      "_sysctl",
      "vm86",
      "vm86old",
      // Its work is done by the kernel itself, out of sight of this filter.
      "io_uring_setup",
      "io_uring_enter",
      "io_uring_register",
    ],
  },
];

const EPERM = 1;
const ENOSYS = 38;

/** Flags of clone that make a namespace: cgroup, uts, ipc, user, pid, net, mount. A user namespace would give every capability. */
const NEW_NAMESPACES = [0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x00020000];

/** clone as every program uses it is allowed; with a flag for a namespace it is not. */
function namespaceCalls(): object[] {
  return [
    ...NEW_NAMESPACES.map((flag) => ({
      names: ["clone"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: EPERM,
      args: [{ index: 0, value: flag, valueTwo: flag, op: "SCMP_CMP_MASKED_EQ" }],
    })),
    // Its flags are in memory, where a filter cannot see them. C libraries go back to clone when it is not there.
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
  ];
}

/** The `linux.seccomp` part of a container's config. */
export function defaultSeccompProfile(capabilities: readonly string[]): object {
  const names = FORBIDDEN.filter(({ unless }) => unless === undefined || !capabilities.includes(unless)).flatMap(
    ({ calls }) => calls,
  );
  return {
    defaultAction: "SCMP_ACT_ALLOW",
    architectures:
      process.arch === "arm64"
        ? ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]
        : ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    syscalls: [
      { names, action: "SCMP_ACT_ERRNO", errnoRet: EPERM },
      ...(capabilities.includes("CAP_SYS_ADMIN") ? [] : namespaceCalls()),
    ],
  };
}
