/** Writes a pod's status when it has changed, one write at a time, the newest state last. */

import { isDeepStrictEqual } from "node:util";
import type { Live, Pod } from "@keelson/kube";
import type { PodContext } from "./context.ts";

type Status = NonNullable<Pod["status"]>;

const RETRY_MS = 500;

export class StatusPublisher {
  readonly #context: PodContext;
  #written: Status | undefined;
  #wanted: { pod: Live<Pod>; status: Status } | undefined;
  #running: Promise<void> | undefined;
  #gone = false;
  /** Version of the object in which somebody else's word on readiness was answered: once each, so that two never argue. */
  #answered: string | undefined;

  constructor(context: PodContext) {
    this.#context = context;
  }

  /** What was asked for last: newer than what the pod's object shows until the write comes back. */
  get latest(): Status | undefined {
    return this.#wanted?.status ?? this.#written;
  }

  /**
   * Asks for this status to be written, unless it is what was written last. It is written again when the object says otherwise about
   * readiness: the node lifecycle controller takes pods of a silent node out of service and leaves it to the node to bring them back.
   */
  publish(pod: Live<Pod>, status: Status): void {
    if (this.#gone || (isDeepStrictEqual(this.latest, status) && !this.#isDoubted(pod, status))) return;
    this.#wanted = { pod, status };
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when everything asked for is written, or the pod is gone. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #isDoubted(pod: Live<Pod>, status: Status): boolean {
    const { resourceVersion } = pod.metadata;
    const ready = (each: Status | undefined) => each?.conditions?.find(({ type }) => type === "Ready")?.status;
    if (this.#running !== undefined || this.#written === undefined || this.#answered === resourceVersion) return false;
    if (ready(pod.status) === ready(status)) return false;
    this.#answered = resourceVersion;
    return true;
  }

  async #run(): Promise<void> {
    while (this.#wanted !== undefined) {
      const { pod, status } = this.#wanted;
      try {
        this.#gone = !(await this.#context.writeStatus(pod, status));
        this.#written = status;
        if (this.#gone || this.#wanted.status === status) this.#wanted = undefined;
      } catch (err) {
        this.#context.log.warn({ err, pod: pod.metadata.name }, "status could not be written, trying again");
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
