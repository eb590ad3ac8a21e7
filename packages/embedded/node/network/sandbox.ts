/** A pod's namespaces: network, IPC and host name, held by files, so that they live without any process in them. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { POD_GATEWAY } from "./addresses.ts";
import { runCommand } from "./command.ts";

export interface Sandbox {
  /** The pod's address; the node's own for a pod in the node's network. */
  readonly ip: string;
  /** The node's end of the pod's cable; undefined in the node's network. */
  readonly veth: string | undefined;
  /** Folder with the files net, ipc and uts; a pod in the node's network has no net. */
  readonly namespaces: string;
}

export interface SandboxRequest {
  readonly folder: string;
  readonly hostname: string;
  readonly ip: string;
  readonly veth: string | undefined;
}

/** Makes a pod's namespaces and plugs the pod into the node's network. Call it inside the node's network namespace. */
export async function createSandbox(request: SandboxRequest): Promise<Sandbox> {
  const { folder, hostname, ip, veth } = request;
  const kinds = veth === undefined ? ["ipc", "uts"] : ["net", "ipc", "uts"];
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const kind of kinds) await writeFile(join(folder, kind), "");
  const unshare = ["unshare", ...kinds.map((kind) => `--${kind}=${join(folder, kind)}`), "--"];
  const insideCommands = veth === undefined ? [] : podCommands(ip, veth, process.pid);
  // sh waits for ip, whose commands come on the standard input.
  const script = 'printf %s "$1" > /proc/sys/kernel/hostname && exec ip -batch -';
  await runCommand([...unshare, "sh", "-c", script, "sh", hostname], { input: insideCommands.join("\n") });
  if (veth !== undefined) {
    await runCommand(["ip", "-batch", "-"], {
      input: [`link set ${veth} up`, `route replace ${ip}/32 dev ${veth}`].join("\n"),
    });
  }
  return { ip, veth, namespaces: folder };
}

/** Run inside the pod: the pair is made from there, its other end placed in the node's namespace. */
function podCommands(ip: string, veth: string, nodePid: number): string[] {
  return [
    "link set lo up",
    `link add eth0 type veth peer name ${veth} netns ${nodePid}`,
    `address add ${ip}/32 dev eth0`,
    "link set eth0 up",
    `route add ${POD_GATEWAY}/32 dev eth0 scope link`,
    `route add default via ${POD_GATEWAY} dev eth0 src ${ip}`,
  ];
}

/** Reaps whatever is orphaned in the namespace, and ends only by SIGKILL. */
const HOLDER = "trap '' TERM INT HUP; while :; do sleep 86400 & wait; done";

/** Joins the cgroup before anything else, so that whatever cuts us off, the processes are found and ended with the others of the pod. */
const JOIN_FIRST = 'echo $$ > "$1" && exec unshare "--pid=$2" --fork --kill-child sh -c "$3"';

/**
 * Makes the process namespace that all containers of a pod share (shareProcessNamespace). It lives as long as its first process,
 * whose number this answers. `cgroup` is the file by which a process joins the pod's cgroup.
 */
export async function createProcessNamespace(folder: string, cgroup: string): Promise<number> {
  const file = join(folder, "pid");
  await writeFile(file, "");
  const holder = spawn("sh", ["-c", JOIN_FIRST, "sh", cgroup, file, `echo ready; exec 1>&-; ${HOLDER}`], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  holder.unref();
  await Promise.race([
    once(holder.stdout, "data"),
    once(holder, "exit").then(() => Promise.reject(new Error("the pod's process namespace could not be made"))),
  ]);
  holder.stdout.destroy();
  if (holder.pid === undefined) throw new Error("the pod's process namespace has no process");
  return holder.pid;
}

/** Unplugs the pod and lets its namespaces go. Does nothing for what is already gone. */
export async function removeSandbox(folder: string, veth: string | undefined): Promise<void> {
  if (veth !== undefined) await runCommand(["ip", "link", "delete", veth]).catch(() => {});
  const files = ["net", "ipc", "uts", "pid"].map((kind) => join(folder, kind));
  await runCommand(["umount", "--lazy", "--quiet", ...files]).catch(() => {});
  await rm(folder, { recursive: true, force: true });
}

/** The name of the node's end of a pod's cable: unique by the pod's address, at most 15 characters. */
export function vethName(ip: string): string {
  return `pod${ip.split(".").slice(2).join("-")}`;
}
