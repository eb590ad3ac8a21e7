/** From a container of a pod to what the runtime starts. */

import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Container, Pod } from "@keelson/kube";
import type { Image } from "../images/index.ts";
import { containerCapabilities } from "../runtime/capabilities.ts";
import type { BindMount, ContainerConfig } from "../runtime/config.ts";
import { resolveUser } from "../runtime/users.ts";
import { mountSubPath } from "../volumes/sub-path.ts";
import type { MountedVolume } from "../volumes/volumes.ts";
import { EnvError, expand } from "./env.ts";
import { containerLimits, effectiveSecurity, oomScoreAdj } from "./security.ts";

export interface ConfigInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly image: Image;
  readonly env: ReadonlyMap<string, string>;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  /** Host files for /etc/hosts, /etc/resolv.conf, /etc/hostname, and the pod's /dev/shm. */
  readonly hostFiles: {
    readonly hosts: string;
    readonly resolv: string;
    readonly hostname: string;
    readonly shm: string;
  };
  readonly terminationFile: string;
  readonly namespaces: ContainerConfig["namespaces"];
  readonly cgroupPath: string;
  readonly cgroupVersion: 1 | 2;
  readonly ownCapabilities: readonly string[];
  /** Where subPaths are mounted while the container is made. */
  readonly subPathFolder: string;
  /** Takes what must be there until the container is made, and no longer. */
  hold(resource: AsyncDisposable): void;
}

const DEFAULT_TERMINATION_PATH = "/dev/termination-log";

/** Throws EnvError for a configuration that cannot be started (status CreateContainerConfigError). */
export async function containerConfig(input: ConfigInput): Promise<ContainerConfig> {
  const { pod, container, image, env } = input;
  const security = effectiveSecurity(pod, container);
  const user = await resolveUser(image.rootfs, { ...security, imageUser: image.config.user }).catch((error: Error) => {
    throw new EnvError(error.message);
  });
  if (security.runAsNonRoot && user.uid === 0) {
    const { name, uid, namespace } = pod.metadata ?? {};
    throw new EnvError(
      `container has runAsNonRoot and image will run as root (pod: "${name}_${namespace}(${uid})", container: ${container.name})`,
    );
  }
  const command = (container.command ?? image.config.entrypoint).map((word) => expand(word, env));
  const ownArgs = container.args ?? (container.command === undefined ? image.config.command : []);
  const args = [...command, ...ownArgs.map((word) => expand(word, env))];
  if (args.length === 0) throw new EnvError("no command specified");
  return {
    args,
    // $HOME is the user's own unless somebody said otherwise.
    env: [...new Map([["HOME", user.home], ...env])].map(([name, value]) => `${name}=${value}`),
    cwd: container.workingDir ?? image.config.workingDir ?? "/",
    user,
    terminal: container.tty ?? false,
    capabilities: containerCapabilities(security, input.ownCapabilities),
    noNewPrivileges: security.noNewPrivileges && !security.privileged,
    privileged: security.privileged,
    readOnlyRoot: security.readOnlyRoot,
    seccomp: security.seccomp,
    oomScoreAdj: oomScoreAdj(pod, container),
    mounts: await bindMounts(input),
    namespaces: input.namespaces,
    cgroupPath: input.cgroupPath,
    cgroupVersion: input.cgroupVersion,
    limits: containerLimits(container),
    // Only what is private to a pod's namespaces; the kernel's shared settings are nobody's to change.
    sysctls:
      pod.spec?.hostNetwork === true
        ? {}
        : Object.fromEntries((pod.spec?.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value])),
  };
}

/** The volume mounts and what every container gets; a pod's own mount at one of those paths wins. */
async function bindMounts(input: ConfigInput): Promise<BindMount[]> {
  const { container, hostFiles } = input;
  const own: BindMount[] = [];
  for (const mount of container.volumeMounts ?? []) own.push(await volumeMount(mount, input));
  await mkdir(dirname(input.terminationFile), { recursive: true });
  await writeFile(input.terminationFile, "");
  await chmod(input.terminationFile, 0o666);
  const given: BindMount[] = [
    { source: hostFiles.hosts, destination: "/etc/hosts", readOnly: false },
    { source: hostFiles.resolv, destination: "/etc/resolv.conf", readOnly: false },
    { source: hostFiles.hostname, destination: "/etc/hostname", readOnly: false },
    { source: hostFiles.shm, destination: "/dev/shm", readOnly: false },
    {
      source: input.terminationFile,
      destination: container.terminationMessagePath ?? DEFAULT_TERMINATION_PATH,
      readOnly: false,
    },
  ];
  const taken = new Set(own.map(({ destination }) => destination));
  // Outer paths first, so that a mount inside another one is not covered by it.
  return [...given.filter(({ destination }) => !taken.has(destination)), ...own].sort(
    (a, b) => depth(a.destination) - depth(b.destination),
  );
}

const depth = (path: string): number => path.split("/").filter((part) => part !== "").length;

type VolumeMount = NonNullable<Container["volumeMounts"]>[number];

async function volumeMount(mount: VolumeMount, input: ConfigInput): Promise<BindMount> {
  const { volumes, env } = input;
  const volume = volumes.get(mount.name);
  if (volume === undefined) throw new EnvError(`volume "${mount.name}" is not one of the pod`);
  const inside = mount.subPathExpr === undefined ? mount.subPath : expand(mount.subPathExpr, env);
  const source = inside === undefined || inside === "" ? volume.path : await subPathSource(volume.path, inside, input);
  const destination = mount.mountPath.startsWith("/") ? mount.mountPath : `/${mount.mountPath}`;
  return {
    source,
    destination: destination.replace(/(?<=.)\/+$/, ""),
    readOnly: volume.readOnly || (mount.readOnly ?? false),
  };
}

async function subPathSource(volume: string, path: string, input: ConfigInput): Promise<string> {
  const mounted = await mountSubPath(volume, path, input.subPathFolder);
  input.hold(mounted);
  return mounted.path;
}

/** All files and folders of one pod on this machine. */
export interface PodFolders {
  /** Survives a reboot: state, logs, emptyDirs, what containers write. */
  readonly disk: string;
  /** Gone after a reboot: namespaces, secrets, shared memory. */
  readonly memory: string;
}

export const podPaths = {
  state: (folders: PodFolders): string => join(folders.disk, "state.json"),
  pod: (folders: PodFolders): string => join(folders.disk, "pod.json"),
  log: (folders: PodFolders, container: string, attempt: number): string =>
    join(folders.disk, "logs", container, `${attempt}.log`),
  scratch: (folders: PodFolders, container: string, attempt: number): string =>
    join(folders.disk, "scratch", `${container}-${attempt}`),
  termination: (folders: PodFolders, container: string): string => join(folders.disk, "termination", container),
  namespaces: (folders: PodFolders): string => join(folders.memory, "ns"),
  etc: (folders: PodFolders, file: string): string => join(folders.memory, "etc", file),
  shm: (folders: PodFolders): string => join(folders.memory, "shm"),
  volumes: (folders: PodFolders): { disk: string; memory: string } => ({
    disk: join(folders.disk, "volumes"),
    memory: join(folders.memory, "volumes"),
  }),
};
