/** Linux capabilities of containers: containerd's default set, changed by the pod, cut down to what this machine may give. */

import { readFileSync } from "node:fs";

/** By bit number; source: linux/capability.h. */
const ALL = [
  "CHOWN",
  "DAC_OVERRIDE",
  "DAC_READ_SEARCH",
  "FOWNER",
  "FSETID",
  "KILL",
  "SETGID",
  "SETUID",
  "SETPCAP",
  "LINUX_IMMUTABLE",
  "NET_BIND_SERVICE",
  "NET_BROADCAST",
  "NET_ADMIN",
  "NET_RAW",
  "IPC_LOCK",
  "IPC_OWNER",
  "SYS_MODULE",
  "SYS_RAWIO",
  "SYS_CHROOT",
  "SYS_PTRACE",
  "SYS_PACCT",
  "SYS_ADMIN",
  "SYS_BOOT",
  "SYS_NICE",
  "SYS_RESOURCE",
  "SYS_TIME",
  "SYS_TTY_CONFIG",
  "MKNOD",
  "LEASE",
  "AUDIT_WRITE",
  "AUDIT_CONTROL",
  "SETFCAP",
  "MAC_OVERRIDE",
  "MAC_ADMIN",
  "SYSLOG",
  "WAKE_ALARM",
  "BLOCK_SUSPEND",
  "AUDIT_READ",
  "PERFMON",
  "BPF",
  "CHECKPOINT_RESTORE",
] as const;

/** What a container gets when it says nothing. Source: containerd, oci.defaultUnixCaps. */
const DEFAULT = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FSETID",
  "FOWNER",
  "MKNOD",
  "NET_RAW",
  "SETGID",
  "SETUID",
  "SETFCAP",
  "SETPCAP",
  "NET_BIND_SERVICE",
  "SYS_CHROOT",
  "KILL",
  "AUDIT_WRITE",
];

/** The capabilities we have ourselves: none of the others can be given to a container. */
export function ownCapabilities(status: string = readFileSync("/proc/self/status", "utf8")): readonly string[] {
  const bits = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  return ALL.filter((_, bit) => (bits >> BigInt(bit)) & 1n);
}

export interface CapabilityChange {
  readonly add?: readonly string[];
  readonly drop?: readonly string[];
  readonly privileged?: boolean;
}

/** The set for a container, as `CAP_X`. `ALL` in add or drop means every one; a capability we lack ourselves is left out. */
export function containerCapabilities(change: CapabilityChange, own: readonly string[]): string[] {
  const plain = (names: readonly string[] = []): string[] =>
    names.map((name) => name.toUpperCase().replace(/^CAP_/, ""));
  const add = plain(change.add);
  const drop = plain(change.drop);
  let set: readonly string[] = change.privileged ? own : DEFAULT;
  if (add.includes("ALL")) set = own;
  if (drop.includes("ALL")) set = [];
  const wanted = new Set([...set, ...add].filter((name) => name !== "ALL"));
  for (const name of drop) if (!add.includes(name)) wanted.delete(name);
  return ALL.filter((name) => wanted.has(name) && own.includes(name)).map((name) => `CAP_${name}`);
}
