import { spawnSync } from "node:child_process";
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import type { Layout } from "./layout.ts";
import { isRunning, type ProcessIdentity, processIdentity } from "./process-identity.ts";

/** What the holder of a cluster's lock is doing. */
export type Purpose = "start" | "run" | "end";

/** The process that holds the lock. */
export interface LockHolder extends ProcessIdentity {
  readonly purpose: Purpose;
}

/**
 * Held by whoever starts, runs or ends a cluster, so that nobody else does at the same time. It is a flock(2) on an open file: it
 * ends with the process that has the file open, however that dies, and can be handed to a child as an open file.
 */
export class ClusterLock {
  readonly #file: string;
  readonly fd: number;

  private constructor(file: string, fd: number) {
    this.#file = file;
    this.fd = fd;
  }

  /** Takes the lock, or returns undefined when somebody has it. Throws EACCES to others than root. */
  static take(layout: Layout, purpose: Purpose): ClusterLock | undefined {
    for (;;) {
      const fd = openSync(layout.lock, "a+", 0o600);
      // flock(1) locks the open file that it is given; the lock stays when flock itself has ended.
      const { status, error } = spawnSync("flock", ["--exclusive", "--nonblock", "3"], {
        stdio: ["ignore", "ignore", "ignore", fd],
      });
      if (error !== undefined) throw error;
      if (status === 0 && isThatFile(layout.lock, fd)) return ClusterLock.adopt(layout, fd, purpose);
      closeSync(fd);
      if (status !== 0) return undefined;
      // Its holder released and removed the file between our two steps.
    }
  }

  /** The lock that was handed over as an open file. */
  static adopt(layout: Layout, fd: number, purpose: Purpose): ClusterLock {
    ftruncateSync(fd);
    writeSync(fd, JSON.stringify({ ...processIdentity(process.pid), purpose }));
    return new ClusterLock(layout.lock, fd);
  }

  /** Lets others have it. */
  release(): void {
    rmSync(this.#file, { force: true });
    closeSync(this.fd);
  }

  /** Leaves it to the child that was given the open file. */
  handOver(): void {
    closeSync(this.fd);
  }
}

/** Who holds the lock, as far as that can be read. Ask it only after an attempt to take the lock has failed. */
export function lockHolder(layout: Layout): LockHolder | undefined {
  try {
    const holder = JSON.parse(readFileSync(layout.lock, "utf8")) as LockHolder;
    return isRunning(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

function isThatFile(path: string, fd: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino;
}
