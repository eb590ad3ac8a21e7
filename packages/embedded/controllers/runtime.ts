/** What every controller is given. */
import type { Cache, Client, Controller } from "@keelson/kube";
import type { Logger } from "pino";
import type { EventSink } from "./execution/execute.ts";
import type { Millis } from "./objects/types.ts";

/** The shared things of one process. */
export interface Runtime {
  readonly client: Client;
  /** Informers shared by all controllers. */
  readonly cache: Cache;
  readonly events: EventSink;
  readonly logger: Logger;
  /** The clock. */
  readonly now: () => Millis;
  /** A clock for durations: it stands still while the machine sleeps, and nobody can set it. */
  readonly monotonic: () => Millis;
  readonly settings: Settings;
}

/** What differs between installations and tests. */
export interface Settings {
  /** Folder of all state; volumes go below it. */
  readonly dataDir: string;
  /** Folder of the nodes' sockets. */
  readonly runDir: string;
  /** PEM of the cluster's certificate authority, given to every namespace. */
  readonly clusterCa: string;
  /** Milliseconds without a sign of life after which a node counts as not ready. */
  readonly nodeGraceMs: Millis;
}

/** Something that runs until the signal ends. */
export type Part = Pick<Controller, "run" | "name">;
