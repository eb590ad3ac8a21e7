/** The volumes of a pod: made before its containers, kept up to date while they run, taken away after them. */

import { existsSync } from "node:fs";
import { chmod, chown, mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PersistentVolume, PersistentVolumeClaim, Pod, Volume } from "@keelson/kube";
import { mountPoints } from "../mount-points.ts";
import { runCommand } from "../network/command.ts";
import { writeAtomically } from "./atomic-writer.ts";
import type { PodAddresses } from "./downward.ts";
import { giveVolumeToGroup } from "./group.ts";
import { isProjection, type PayloadSources, volumePayload } from "./payload.ts";
import { quantityUnits } from "./quantity.ts";

export interface VolumeSources extends PayloadSources {
  claim(namespace: string, name: string): Promise<PersistentVolumeClaim | undefined>;
  persistentVolume(name: string): Promise<PersistentVolume | undefined>;
  /** Root of an image's files, fetched when needed. Rejects as soon as the signal is given. */
  image(reference: string, signal?: AbortSignal): Promise<string>;
}

/** Where one pod's volumes are kept. */
export interface VolumeFolders {
  /** Survives a reboot. */
  readonly disk: string;
  /** Gone after a reboot; never on a disk: Secrets and tokens. */
  readonly memory: string;
}

export interface MountedVolume {
  readonly path: string;
  readonly readOnly: boolean;
}

/** The volumes of one pod, and all that they are made from. */
export interface VolumeSetup {
  readonly pod: Pod;
  readonly folders: VolumeFolders;
  readonly sources: VolumeSources;
  readonly addresses: PodAddresses;
  /** Ends the wait for an image. */
  readonly signal?: AbortSignal | undefined;
}

/** A volume that cannot be made now; the message is Kubernetes' for the FailedMount event. */
export class VolumeError extends Error {}

/** Makes every volume of the pod that its containers use, each by itself: one that cannot be made keeps no other from it. Repeatable. */
export async function setUpVolumes(setup: VolumeSetup): Promise<ReadonlyMap<string, MountedVolume>> {
  const mounted = new Map<string, MountedVolume>();
  const troubles: string[] = [];
  for (const volume of setup.pod.spec?.volumes ?? []) {
    try {
      mounted.set(volume.name, await setUpVolume(volume, setup));
    } catch (error) {
      setup.signal?.throwIfAborted();
      troubles.push(mountTrouble(volume, error));
    }
  }
  if (troubles.length > 0) throw new VolumeError(troubles.join("; "));
  return mounted;
}

function mountTrouble({ name }: Volume, error: unknown): string {
  return `MountVolume.SetUp failed for volume "${name}" : ${error instanceof Error ? error.message : String(error)}`;
}

async function setUpVolume(volume: Volume, setup: VolumeSetup): Promise<MountedVolume> {
  const { pod, folders, sources, addresses, signal } = setup;
  const group = pod.spec?.securityContext?.fsGroup;
  if (isProjection(volume)) {
    const path = join(folders.memory, volume.name);
    await writeAtomically(path, await volumePayload(pod, volume, sources, addresses), group);
    return { path, readOnly: true };
  }
  if (volume.emptyDir !== undefined) return { path: await emptyDir(volume, folders, group), readOnly: false };
  if (volume.hostPath !== undefined) {
    await prepareHostPath(volume.hostPath.path, volume.hostPath.type ?? "");
    return { path: volume.hostPath.path, readOnly: false };
  }
  if (volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined)
    return claimedVolume(pod, volume, sources);
  const image = (volume as Volume & { image?: { reference?: string } }).image;
  if (image?.reference !== undefined) {
    const path = join(folders.memory, volume.name);
    await mountImage(await sources.image(image.reference, signal), path);
    return { path, readOnly: true };
  }
  throw new Error(
    `its type (${Object.keys(volume)
      .filter((key) => key !== "name")
      .join(", ")}) is not supported by the embedded node`,
  );
}

async function emptyDir(volume: Volume, folders: VolumeFolders, group: number | undefined): Promise<string> {
  const inMemory = volume.emptyDir?.medium === "Memory";
  const path = join(inMemory ? folders.memory : folders.disk, volume.name);
  const isNew = (await mkdir(path, { recursive: true })) !== undefined;
  if (inMemory && !isMountPoint(path)) {
    const size = quantityUnits(volume.emptyDir?.sizeLimit);
    await runCommand([
      "mount",
      "-t",
      "tmpfs",
      "-o",
      `mode=0777${size === undefined || size === 0 ? "" : `,size=${size}`}`,
      "tmpfs",
      path,
    ]);
  }
  if (isNew) {
    if (group !== undefined) await chown(path, 0, group);
    await chmod(path, group === undefined ? 0o777 : 0o2777);
  }
  return path;
}

/** Mounts an image's files for as long as the pod is there, also between two lives of its containers: what is mounted is not removed. */
async function mountImage(rootfs: string, path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  if (isMountPoint(path)) return;
  await runCommand(["mount", "-o", "bind,ro", rootfs, path]);
  if (existsSync(rootfs)) return;
  await runCommand(["umount", "--lazy", path]);
  throw new Error("its image was replaced by another one meanwhile");
}

function isMountPoint(path: string): boolean {
  return mountPoints(dirname(path)).includes(path);
}

async function prepareHostPath(path: string, type: string): Promise<void> {
  const info = await stat(path).catch(() => undefined);
  if (type === "DirectoryOrCreate" && info === undefined) await mkdir(path, { recursive: true, mode: 0o755 });
  else if (type === "FileOrCreate" && info === undefined) await writeFile(path, "", { mode: 0o644 });
  else if (type === "Directory" && !info?.isDirectory())
    throw new Error(`hostPath type check failed: ${path} is not a directory`);
  else if (type === "File" && !info?.isFile()) throw new Error(`hostPath type check failed: ${path} is not a file`);
  else if (info === undefined && type === "") await mkdir(path, { recursive: true, mode: 0o755 });
}

async function claimedVolume(pod: Pod, volume: Volume, sources: VolumeSources): Promise<MountedVolume> {
  const { namespace = "default", name: podName = "" } = pod.metadata ?? {};
  const claimName = volume.persistentVolumeClaim?.claimName ?? `${podName}-${volume.name}`;
  const claim = await sources.claim(namespace, claimName);
  if (claim === undefined) throw new Error(`persistentvolumeclaim "${claimName}" not found`);
  const volumeName = claim.spec?.volumeName;
  if (volumeName === undefined || claim.status?.phase !== "Bound") throw new Error(`PVC ${claimName} is not bound`);
  const persistent = await sources.persistentVolume(volumeName);
  const path = persistent?.spec?.hostPath?.path ?? persistent?.spec?.local?.path;
  if (path === undefined) throw new Error(`persistent volume ${volumeName} has no path on this machine`);
  await mkdir(path, { recursive: true });
  const { fsGroup, fsGroupChangePolicy } = pod.spec?.securityContext ?? {};
  if (fsGroup !== undefined) await giveVolumeToGroup(path, fsGroup, fsGroupChangePolicy === "OnRootMismatch");
  return { path, readOnly: volume.persistentVolumeClaim?.readOnly ?? false };
}

/**
 * Writes anew what the API has changed in the meantime: ConfigMaps, Secrets, labels, tokens near their end. Answers what was in the way
 * of a volume, in the words of the FailedMount event; that one stays as it is, and every other is written.
 */
export async function refreshVolumes(setup: VolumeSetup): Promise<readonly string[]> {
  const troubles: string[] = [];
  for (const volume of (setup.pod.spec?.volumes ?? []).filter(isProjection))
    await setUpVolume(volume, setup).catch((error) => troubles.push(mountTrouble(volume, error)));
  return troubles;
}

/** Takes a pod's volumes away; what is on a persistent volume or a host path stays. */
export async function removeVolumes(folders: VolumeFolders): Promise<void> {
  for (const path of mountPoints(folders.memory)) await runCommand(["umount", "--lazy", path]);
  await rm(folders.memory, { recursive: true, force: true });
  await rm(folders.disk, { recursive: true, force: true });
}
