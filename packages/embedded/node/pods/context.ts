/** What a pod's worker needs of its node. */

import type { EventInput, Live, Logger, Pod, Service } from "@keelson/kube";
import type { ImageStore } from "../images/index.ts";
import type { AddressPool } from "../network/address-pool.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { VolumeSources } from "../volumes/volumes.ts";
import type { PodFolders } from "./container-config.ts";

export interface PodContext {
  readonly log: Logger;
  readonly runtime: Runtime;
  readonly images: ImageStore;
  readonly sources: VolumeSources;
  /** Address of the node. */
  readonly hostIP: string;
  readonly cgroupParent: string;
  readonly cgroupVersion: 1 | 2;
  readonly ownCapabilities: readonly string[];
  readonly bootId: string;
  readonly addresses: AddressPool;
  /** Where subPaths are mounted while a container is made. */
  readonly subPathFolder: string;
  folders(uid: string): PodFolders;
  services(namespace: string): readonly Service[];
  record(pod: Live<Pod>, event: EventInput): void;
  /** Writes the status; answers false when the pod is gone or is another one. */
  writeStatus(pod: Live<Pod>, status: NonNullable<Pod["status"]>): Promise<boolean>;
  /** Takes the ended pod out of the API. */
  removePod(pod: Live<Pod>): Promise<void>;
}
