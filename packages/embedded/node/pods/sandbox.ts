/** What a pod has before its first container: address, namespaces, files of /etc, shared memory, volumes. */

import { existsSync } from "node:fs";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Live, Pod } from "@keelson/kube";
import { mountPoints } from "../mount-points.ts";
import { runCommand } from "../network/command.ts";
import { createProcessNamespace, createSandbox, removeSandbox, vethName } from "../network/sandbox.ts";
import { cgroupEntrance } from "../runtime/cgroups.ts";
import { identify, isAlive, type ProcessId, signalProcess } from "../runtime/process.ts";
import { type MountedVolume, setUpVolumes } from "../volumes/volumes.ts";
import { podPaths } from "./container-config.ts";
import type { PodContext } from "./context.ts";
import { hostsFile, podHostname, resolvFile } from "./host-files.ts";
import type { PodState } from "./state.ts";
import { unsupportedField } from "./unsupported.ts";

/** Kubernetes' own size of a pod's shared memory. */
const SHM_BYTES = 64 * 1024 * 1024;

/** Who a sandbox is made for. */
interface SandboxHost {
  save(): Promise<void>;
  /** Given when the pod is being ended: then nothing more is made. */
  readonly ending: AbortSignal;
}

/** Makes what is not there yet; repeatable. Sets `state.sandbox`. */
export async function prepareSandbox(
  context: PodContext,
  pod: Live<Pod>,
  state: PodState,
  { save, ending }: SandboxHost,
): Promise<ReadonlyMap<string, MountedVolume>> {
  // One that an earlier node took up goes on as it is.
  const unsupported = state.sandbox === undefined ? unsupportedField(pod) : undefined;
  if (unsupported !== undefined) throw new Error(`${unsupported} is not supported by the embedded node`);
  const folders = context.folders(pod.metadata.uid);
  await mkdir(folders.disk, { recursive: true, mode: 0o755 });
  await mkdir(folders.memory, { recursive: true, mode: 0o755 });
  const hostNetwork = pod.spec?.hostNetwork === true;
  const ip = state.sandbox?.ip ?? (hostNetwork ? context.hostIP : context.addresses.take());
  try {
    const addresses = { podIP: ip, hostIP: context.hostIP };
    const began = performance.now();
    // Volumes first: a pod whose Secret is not there yet needs no network.
    const { sources } = context;
    const volumes = await setUpVolumes({
      pod,
      folders: podPaths.volumes(folders),
      sources,
      addresses,
      signal: ending,
    });
    ending.throwIfAborted();
    const haveVolumes = performance.now();
    if (!isWhole(state, podPaths.namespaces(folders))) {
      const veth = hostNetwork ? undefined : vethName(ip);
      await removeSandbox(podPaths.namespaces(folders), veth);
      await createSandbox({ folder: podPaths.namespaces(folders), hostname: podHostname(pod), ip, veth });
      await writeHostFiles(context, pod, ip);
      const holder = pod.spec?.shareProcessNamespace === true ? await shareProcesses(context, pod) : undefined;
      state.sandbox = { ip, veth, createdAt: new Date().toISOString(), ...(holder === undefined ? {} : { holder }) };
      await save();
      const [volumesMs, sandboxMs] = [haveVolumes - began, performance.now() - haveVolumes].map(Math.round);
      context.log.debug({ pod: pod.metadata.name, uid: pod.metadata.uid, volumesMs, sandboxMs }, "sandbox is ready");
    }
    return volumes;
  } catch (error) {
    if (state.sandbox === undefined && !hostNetwork) context.addresses.give(ip);
    throw error;
  }
}

function isWhole({ sandbox }: PodState, namespaces: string): boolean {
  if (sandbox === undefined || !existsSync(join(namespaces, "uts"))) return false;
  return sandbox.holder === undefined || isAlive(sandbox.holder);
}

async function shareProcesses(context: PodContext, pod: Live<Pod>): Promise<ProcessId> {
  const cgroup = await cgroupEntrance(`${context.cgroupParent}/pod${pod.metadata.uid}/sandbox`);
  const pid = await createProcessNamespace(podPaths.namespaces(context.folders(pod.metadata.uid)), cgroup);
  const holder = identify(pid);
  if (holder === undefined) throw new Error("the pod's process namespace has ended");
  return holder;
}

async function writeHostFiles(context: PodContext, pod: Live<Pod>, ip: string): Promise<void> {
  const folders = context.folders(pod.metadata.uid);
  const files = { hosts: hostsFile(pod, ip), "resolv.conf": resolvFile(pod), hostname: `${podHostname(pod)}\n` };
  for (const [name, text] of Object.entries(files)) {
    const path = podPaths.etc(folders, name);
    await mkdir(join(path, ".."), { recursive: true, mode: 0o755 });
    await writeFile(path, text);
    await chmod(path, 0o644);
  }
  const shm = podPaths.shm(folders);
  await mkdir(shm, { recursive: true });
  // Left by a try that was cut off: one more on top of it would not be taken away with the pod.
  for (const left of mountPoints(folders.memory)) if (left === shm) await runCommand(["umount", "--lazy", left]);
  await runCommand(["mount", "-t", "tmpfs", "-o", `mode=1777,size=${SHM_BYTES},nosuid,nodev,noexec`, "shm", shm]);
}

/** Takes the namespaces and the address away. Volumes stay: a pod that starts again finds them. */
export async function releaseSandbox(context: PodContext, pod: Live<Pod>, state: PodState): Promise<void> {
  const folders = context.folders(pod.metadata.uid);
  const { sandbox } = state;
  if (sandbox?.holder !== undefined) signalProcess(sandbox.holder, "SIGKILL");
  await removeSandbox(podPaths.namespaces(folders), sandbox?.veth);
  await runCommand(["umount", "--lazy", "--quiet", podPaths.shm(folders)]).catch(() => {});
  await rm(join(podPaths.etc(folders, "hosts"), ".."), { recursive: true, force: true });
  if (sandbox !== undefined && sandbox.veth !== undefined) context.addresses.give(sandbox.ip);
  delete state.sandbox;
}
