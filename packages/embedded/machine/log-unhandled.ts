/** The last net under a program that has to stay: what nobody caught is logged, and the program goes on. */

import type { EventEmitter } from "node:events";
import type { Logger } from "@keelson/kube";

/** One failed write or socket must not take pods, addresses and names of a whole node with it. Call it once, at the start. */
export function logUnhandled(log: Pick<Logger, "error">, program: Pick<EventEmitter, "on"> = process): void {
  const say =
    (message: string) =>
    (err: unknown): void => {
      try {
        log.error({ err }, message);
      } catch {
        // The log itself is what fails (a full disk); there is nobody left to tell.
      }
    };
  program.on("unhandledRejection", say("unhandled rejection"));
  program.on("uncaughtException", say("uncaught exception"));
}
