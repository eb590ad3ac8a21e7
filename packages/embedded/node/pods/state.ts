/** What a node knows of a pod and its containers. Plain data: it is written to disk, and a new node process goes on from it. */

import type { ProcessId } from "../runtime/process.ts";

/** init runs to its end before the next; sidecar starts in its turn and stays; main is what the pod is for. */
export type ContainerRole = "init" | "sidecar" | "main";

/** How one life of a container ended. */
export interface Terminated {
  readonly containerID: string;
  readonly exitCode: number;
  readonly signal?: number;
  /** Completed, Error, OOMKilled, StartError, ContainerStatusUnknown. */
  readonly reason: string;
  readonly message?: string;
  /** RFC 3339. */
  readonly startedAt: string | undefined;
  readonly finishedAt: string;
}

export interface Waiting {
  /** ContainerCreating, PodInitializing, CrashLoopBackOff, ErrImagePull, ImagePullBackOff, CreateContainerConfigError, ... */
  readonly reason: string;
  readonly message?: string;
}

/** Delays between tries that grow: for restarts and for image pulls. */
export interface Backoff {
  readonly delayMs: number;
  /** Milliseconds since the epoch; the delay counts from then. */
  readonly since: number;
}

export interface ContainerState {
  readonly name: string;
  readonly role: ContainerRole;
  /** new: not started in this sandbox. starting: on its way, not yet to be seen. */
  phase: "new" | "starting" | "running" | "exited";
  /** Names the container to the runtime while there is one. */
  id?: string;
  process?: ProcessId;
  startedAt?: string;
  /** Why there is none, while phase is new or exited. */
  waiting?: Waiting;
  terminated?: Terminated;
  /** The life before the present one. */
  last?: Terminated;
  restartCount: number;
  backoff?: Backoff;
  pullBackoff?: Backoff;
  /** What runs, as status.image and status.imageID show it. */
  image?: string;
  imageID?: string;
  /** The startup probe has passed, or there is none and postStart is done. */
  started: boolean;
  ready: boolean;
  /** Set while it is made to end; the reason becomes part of the Killing event only once. */
  killing?: boolean;
}

export interface SandboxState {
  readonly ip: string;
  readonly veth: string | undefined;
  /** Keeps the process namespace that all containers share, when they do. */
  readonly holder?: ProcessId;
  readonly createdAt: string;
}

/** A pod that ended as a whole for a reason of the node's: evicted, deadline exceeded. */
export interface PodEnd {
  readonly reason: string;
  readonly message: string;
}

export interface PodState {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** The boot that the containers belong to; after another one they are all gone. */
  bootId: string;
  startTime: string;
  sandbox?: SandboxState;
  containers: Record<string, ContainerState>;
  ended?: PodEnd;
}

export function newContainer(name: string, role: ContainerRole): ContainerState {
  return { name, role, phase: "new", restartCount: 0, started: false, ready: false };
}
