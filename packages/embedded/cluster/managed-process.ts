import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Layout } from "./layout.ts";
import { LogFile } from "./log-file.ts";
import type { ProcessDefinition } from "./process-definitions.ts";
import { type ProcessIdentity, processIdentity, processMemory } from "./process-identity.ts";
import type { RecordedProcess } from "./process-record.ts";
import { countQuickEnd, restartDelayMs } from "./restart-delay.ts";

/** What the supervisor knows of one program; `state` is what a person needs to know first. */
export interface ProcessReport {
  readonly name: string;
  readonly state: "waiting" | "starting" | "ready" | "restarting" | "stopped";
  readonly pid?: number;
  readonly restarts: number;
  /** RFC 3339, UTC. */
  readonly startedAt?: string;
  readonly readyAfterMs?: number;
  readonly rssBytes?: number;
  readonly pssBytes?: number;
  /** How the last run ended, when it ended by itself. */
  readonly lastEnd?: string;
}

/** Keeps one program running: starts it, notices when it says it is ready, starts it again when it ends, ends it in order. */
export class ManagedProcess {
  readonly definition: ProcessDefinition;
  readonly #log: LogFile;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #changed: () => void;
  #child: ChildProcess | undefined;
  #identity: ProcessIdentity | undefined;
  #state: ProcessReport["state"] = "waiting";
  #startedMs = 0;
  #readyAfterMs: number | undefined;
  #restarts = 0;
  #quickEnds = 0;
  #lastEnd: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(definition: ProcessDefinition, layout: Layout, changed: () => void) {
    this.definition = definition;
    this.#log = new LogFile(join(layout.logs, `${definition.name}.log`));
    this.#environment = {
      PATH: process.env["PATH"],
      LANG: "C.UTF-8",
      NODE_COMPILE_CACHE: layout.compileCache,
      // glibc's arenas per thread cost each of these programs 8 to 15 MB and gain nothing: their threads hardly allocate.
      MALLOC_ARENA_MAX: "1",
      // What a burst has freed goes back: left to itself, glibc keeps the more the larger the pieces were, 20 MB in the operator.
      MALLOC_TRIM_THRESHOLD_: "131072",
    };
    this.#changed = changed;
  }

  get ready(): boolean {
    return this.#state === "ready";
  }

  /** What is to be remembered of it while it runs. */
  get record(): RecordedProcess | undefined {
    const { stopStage, stopTimeoutMs } = this.definition;
    return this.#identity === undefined ? undefined : { ...this.#identity, stopStage, stopTimeoutMs };
  }

  start(): void {
    if (this.#stopping || this.#child !== undefined) return;
    this.#startedMs = Date.now();
    this.#readyAfterMs = undefined;
    this.#state = "starting";
    let child: ChildProcess;
    try {
      child = this.#spawn();
    } catch (error) {
      // A lack of memory, unlike most failures, is thrown.
      this.#endedByItself((error as Error).message);
      return;
    }
    this.#child = child;
    this.#identity = child.pid === undefined ? undefined : processIdentity(child.pid);
    if (child.stdout !== null) createInterface({ input: child.stdout }).on("line", (line) => this.#read(line));
    child.stderr?.on("data", (chunk: Buffer) => this.#log.write(chunk));
    child.once("error", (error) => this.#ended(child, error.message));
    child.once("exit", (code, signal) => {
      if (code === 0 && this.definition.runsOnce === true) this.#done();
      else this.#ended(child, signal === null ? `exit code ${code}` : `signal ${signal}`);
    });
    this.#changed();
  }

  #spawn(): ChildProcess {
    const [program, ...args] = this.definition.command;
    return spawn(program ?? "", args, {
      env: this.#environment,
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: Ctrl-C in the terminal reaches the supervisor only, which ends the programs in their order.
      detached: true,
    });
  }

  #read(line: string): void {
    this.#log.write(`${line}\n`);
    if (this.#state === "ready" || !line.includes('"msg":"ready"')) return;
    this.#state = "ready";
    this.#readyAfterMs = Date.now() - this.#startedMs;
    this.#changed();
  }

  #done(): void {
    this.#child = undefined;
    this.#identity = undefined;
    this.#state = this.#stopping ? "stopped" : "ready";
    this.#readyAfterMs = Date.now() - this.#startedMs;
    this.#changed();
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#identity = undefined;
    if (this.#stopping) {
      this.#state = "stopped";
      this.#changed();
      return;
    }
    this.#endedByItself(how);
  }

  #endedByItself(how: string): void {
    this.#state = "restarting";
    this.#lastEnd = `${how} at ${new Date().toISOString()}`;
    this.#log.write(
      `{"level":40,"time":${Date.now()},"msg":"ended by itself, starting again","how":${JSON.stringify(how)}}\n`,
    );
    this.#restarts += 1;
    this.#quickEnds = countQuickEnd(this.#quickEnds, Date.now() - this.#startedMs);
    this.#timer = setTimeout(() => this.start(), restartDelayMs(this.#quickEnds));
    this.#changed();
  }

  /** Ends the program with SIGTERM, and with SIGKILL when it takes longer than its definition allows. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) {
      this.#state = "stopped";
    } else {
      // One that could not be started says so in a moment, and never exits.
      const ended = child.pid === undefined ? undefined : once(child, "exit");
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), this.definition.stopTimeoutMs);
      await ended;
      clearTimeout(kill);
    }
    this.#log.close();
  }

  report(): ProcessReport {
    const pid = this.#identity?.pid;
    return {
      name: this.definition.name,
      state: this.#state,
      ...(pid === undefined ? {} : { pid, ...processMemory(pid) }),
      restarts: this.#restarts,
      ...(this.#startedMs === 0 ? {} : { startedAt: new Date(this.#startedMs).toISOString() }),
      ...(this.#readyAfterMs === undefined ? {} : { readyAfterMs: this.#readyAfterMs }),
      ...(this.#lastEnd === undefined ? {} : { lastEnd: this.#lastEnd }),
    };
  }
}
