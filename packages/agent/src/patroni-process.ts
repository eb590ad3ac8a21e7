/** Starts Patroni, keeps it running, and takes over one that an earlier agent has started. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { PATRONI_PID_FILE, RUN_DIRECTORY } from "./environment.ts";
import { isRunning } from "./is-running.ts";
import { log } from "./log.ts";
import { runningPostmaster } from "./postmaster-watch.ts";

const STARTER = `${import.meta.dirname}/bin/start-patroni.py`;

/** How often an adopted process, which is not our child, is looked at. */
const LOOK_MS = 250;
const RESTART_DELAYS_MS = [0, 500, 1_000, 2_000, 5_000] as const;
/** A Patroni that ran this long has started well: the next restart is immediate again. */
const STEADY_MS = 60_000;

function recordedPid(): number | undefined {
  try {
    const pid = Number(readFileSync(PATRONI_PID_FILE, "utf8").trim());
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** The Patroni that an earlier agent of this container has started and that still runs. */
export function runningPatroni(): number | undefined {
  const pid = recordedPid();
  return pid !== undefined && isRunning(pid, "patroni") ? pid : undefined;
}

/**
 * True when nothing of an earlier life runs in this container. A postmaster can outlive its Patroni and its agent, and goes on accepting
 * commits: its lock is not free.
 */
export const earlierLifeIsOver = (dataDirectory: string): boolean =>
  runningPatroni() === undefined && runningPostmaster(dataDirectory) === undefined;

/** How Patroni is started: by the interpreter that its own program names, through our starter; else as it is. */
export function patroniCommand(path = process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"): string[] {
  const configuration = "/etc/patroni";
  for (const directory of path.split(":")) {
    const program = `${directory}/patroni`;
    if (!existsSync(program)) continue;
    const interpreter = /^#!\s*(\S*python\S*)\s*$/.exec(readFileSync(program, "utf8").split("\n", 1)[0] ?? "")?.[1];
    return interpreter === undefined ? [program, configuration] : [interpreter, STARTER, configuration];
  }
  return ["patroni", configuration];
}

export class PatroniProcess {
  #pid: number | undefined;
  #stopping = false;
  #failures = 0;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #gone: (() => void) | undefined;

  get pid(): number | undefined {
    return this.#pid;
  }

  /** Adopts the running Patroni or starts one. */
  start(): void {
    const running = runningPatroni();
    if (running === undefined) {
      this.#spawn();
      return;
    }
    this.#pid = running;
    this.#startedAt = Date.now();
    log("info", "running Patroni adopted", { pid: running });
    this.#timer = setInterval(() => {
      if (!isRunning(running, "patroni")) this.#ended("gone");
    }, LOOK_MS);
  }

  /** Tells Patroni to read its files again. */
  reload(): void {
    if (this.#pid !== undefined) process.kill(this.#pid, "SIGHUP");
  }

  /** Lets Patroni stop PostgreSQL and give its lock up; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#pid === undefined) return;
    await this.#signal("SIGTERM");
  }

  #signal(signal: NodeJS.Signals): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gone = resolve;
    if (this.#pid !== undefined) process.kill(this.#pid, signal);
    return promise;
  }

  /** Ends Patroni and PostgreSQL without letting them do anything more; resolves when Patroni has ended. */
  async kill(dataDirectory: string): Promise<void> {
    this.#stopping = true;
    const gone = this.#pid === undefined ? Promise.resolve() : this.#signal("SIGKILL");
    const postmaster = runningPostmaster(dataDirectory);
    // What PostgreSQL calls an immediate shutdown: no checkpoint, nothing archived.
    if (postmaster !== undefined) process.kill(postmaster, "SIGQUIT");
    await gone;
  }

  #spawn(): void {
    mkdirSync(RUN_DIRECTORY, { recursive: true });
    // In a session of its own, so that it outlives this process.
    const [program = "patroni", ...args] = patroniCommand();
    const child = spawn(program, args, { detached: true, stdio: ["ignore", "inherit", "inherit"] });
    this.#startedAt = Date.now();
    child.on("error", (error) => this.#ended(error.message));
    child.on("exit", (code, signal) => this.#ended(signal ?? `exit code ${code}`));
    if (child.pid === undefined) return;
    this.#pid = child.pid;
    writeFileSync(PATRONI_PID_FILE, `${child.pid}\n`);
    log("info", "Patroni started", { pid: child.pid });
  }

  #ended(how: string): void {
    clearInterval(this.#timer);
    this.#pid = undefined;
    rmSync(PATRONI_PID_FILE, { force: true });
    if (this.#stopping) {
      this.#gone?.();
      return;
    }
    this.#failures = Date.now() - this.#startedAt > STEADY_MS ? 0 : this.#failures + 1;
    const delay = RESTART_DELAYS_MS[Math.min(this.#failures, RESTART_DELAYS_MS.length - 1)] ?? 0;
    log("warn", "Patroni has ended and is started again", { how, delayMs: delay });
    setTimeout(() => {
      if (!this.#stopping) this.#spawn();
    }, delay);
  }
}
