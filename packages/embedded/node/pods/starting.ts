/** Starts one container of a pod: image, environment, configuration, process. */

import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Container, Live, Pod } from "@keelson/kube";
import type { Resolved } from "../images/index.ts";
import type { ProcessId } from "../runtime/process.ts";
import { type MountedVolume, VolumeError } from "../volumes/volumes.ts";
import { containerConfig, podPaths } from "./container-config.ts";
import type { PodContext } from "./context.ts";
import { containerEnv } from "./env.ts";
import type { SandboxState } from "./state.ts";

/** A start that failed before the container's program ran; `reason` is what status shows. */
export class ContainerStartError extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface StartInput {
  readonly context: PodContext;
  readonly pod: Live<Pod>;
  readonly container: Container;
  readonly image: Resolved;
  readonly sandbox: SandboxState;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  readonly attempt: number;
}

/** To be disposed of once it runs, or when it shall not. */
export interface Prepared extends AsyncDisposable {
  readonly id: string;
  /** Runs it. */
  run(): Promise<ProcessId>;
}

/** Gets the image by the container's pull policy, with the kubelet's events. Rejects without a word as soon as the signal is given. */
export async function pullImage(
  context: PodContext,
  pod: Live<Pod>,
  container: Container,
  signal: AbortSignal,
): Promise<Resolved> {
  const reference = container.image ?? "";
  const present = await context.images.find(reference);
  const again = container.imagePullPolicy === "Always";
  if (present !== undefined && !(again && present.mayHaveChanged)) {
    recordPresent(context, pod, reference, present);
    return present;
  }
  if (container.imagePullPolicy === "Never") {
    const message = `Container image "${reference}" is not present with pull policy of Never`;
    context.record(pod, { type: "Warning", reason: "ErrImageNeverPull", message });
    throw new ContainerStartError("ErrImageNeverPull", message);
  }
  context.record(pod, { type: "Normal", reason: "Pulling", message: `Pulling image "${reference}"` });
  const began = performance.now();
  try {
    const resolved = await context.images.ensure(reference, { again, signal });
    if (!resolved.fetched) {
      recordPresent(context, pod, reference, resolved);
      return resolved;
    }
    const took = `${((performance.now() - began) / 1000).toFixed(1)}s`;
    const size = `Image size: ${resolved.image.sizeBytes} bytes.`;
    context.record(pod, {
      type: "Normal",
      reason: "Pulled",
      message: `Successfully pulled image "${reference}" in ${took}${stands(resolved)}. ${size}`,
    });
    return resolved;
  } catch (error) {
    signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    context.record(pod, {
      type: "Warning",
      reason: "Failed",
      message: `Failed to pull image "${reference}": ${message}`,
    });
    context.record(pod, { type: "Warning", reason: "Failed", message: "Error: ErrImagePull" });
    throw new ContainerStartError("ErrImagePull", message);
  }
}

function recordPresent(context: PodContext, pod: Live<Pod>, reference: string, present: Resolved): void {
  const message = `Container image "${reference}" already present on machine${stands(present)}`;
  context.record(pod, { type: "Normal", reason: "Pulled", message });
}

function stands({ standsIn, image }: Resolved): string {
  return standsIn ? `; ${image.reference} stands in for it` : "";
}

/** Everything but running it. Throws ContainerStartError. */
export async function prepareContainer(input: StartInput): Promise<Prepared> {
  const { context, pod, container, image, sandbox, attempt } = input;
  const folders = context.folders(pod.metadata.uid);
  const id = randomBytes(16).toString("hex");
  await using held = new AsyncDisposableStack();
  try {
    const env = await containerEnv(
      {
        pod,
        container,
        imageEnv: image.image.config.env,
        services: context.services(pod.metadata.namespace ?? "default"),
        addresses: { podIP: sandbox.ip, hostIP: context.hostIP },
      },
      context.sources,
    );
    const namespaces = podPaths.namespaces(folders);
    const config = await containerConfig({
      pod,
      container,
      image: image.image,
      env,
      volumes: input.volumes,
      hostFiles: {
        hosts: podPaths.etc(folders, "hosts"),
        resolv: podPaths.etc(folders, "resolv.conf"),
        hostname: podPaths.etc(folders, "hostname"),
        shm: podPaths.shm(folders),
      },
      terminationFile: podPaths.termination(folders, container.name),
      namespaces: {
        net: sandbox.veth === undefined ? undefined : join(namespaces, "net"),
        ipc: join(namespaces, "ipc"),
        uts: join(namespaces, "uts"),
        ...(sandbox.holder === undefined ? {} : { pid: join(namespaces, "pid") }),
      },
      cgroupPath: `${context.cgroupParent}/pod${pod.metadata.uid}/${id}`,
      cgroupVersion: context.cgroupVersion,
      ownCapabilities: context.ownCapabilities,
      subPathFolder: context.subPathFolder,
      hold: (resource) => held.use(resource),
    });
    const logFile = podPaths.log(folders, container.name, attempt);
    await mkdir(dirname(logFile), { recursive: true });
    const run = (): Promise<ProcessId> =>
      context.runtime.start({
        id,
        name: `${pod.metadata.namespace}_${pod.metadata.name}_${container.name}`,
        config,
        rootfs: image.image.rootfs,
        scratch: podPaths.scratch(folders, container.name, attempt),
        logFile,
        stdin: container.stdin ?? false,
      });
    const open = held.move();
    return { id, run, [Symbol.asyncDispose]: () => open.disposeAsync() };
  } catch (error) {
    // A volume is the pod's matter, everything else the container's.
    if (error instanceof VolumeError) throw error;
    throw new ContainerStartError("CreateContainerConfigError", error instanceof Error ? error.message : String(error));
  }
}
