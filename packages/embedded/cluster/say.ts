import { writeSync } from "node:fs";

/** Writes a line to the supervisor's log. Drops it where it cannot be written: a full disk must not end a cluster in the middle. */
export function say(msg: string, fields: object = {}): void {
  try {
    // Not process.stdout: it takes no line any more after one that failed, and ends the process when nobody listens for that.
    writeSync(1, `${JSON.stringify({ level: 30, time: Date.now(), name: "supervisor", msg, ...fields })}\n`);
  } catch {
    // The next one may go through.
  }
}
