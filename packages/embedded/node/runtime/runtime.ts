/**
 * Containers by runc, each watched by a conmon of its own: it writes the log, collects the exit code and notes an
 * out-of-memory kill, so all that is known of a container survives a restart of the node process.
 *
 *   FOLDER/runc/             runc's state
 *   FOLDER/exits/ID          exit code, written by conmon when the container has ended
 *   FOLDER/containers/ID/    bundle: config.json, rootfs (overlay), pid, oom, ctl (commands to conmon), attach
 */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, watch } from "node:fs";
import { mkdir, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findProgram } from "../../machine/find-program.ts";
import { runCommand } from "../network/command.ts";
import { type ContainerConfig, ociConfig, ociProcess } from "./config.ts";
import { identify, type ProcessId } from "./process.ts";

export interface ContainerStart {
  readonly id: string;
  /** For conmon's own messages. */
  readonly name: string;
  readonly config: ContainerConfig;
  /** The image's files; never written to. */
  readonly rootfs: string;
  /** Where what the container writes outside volumes goes. */
  readonly scratch: string;
  readonly logFile: string;
  readonly stdin: boolean;
}

export interface Exit {
  readonly exitCode: number;
  readonly finishedAt: Date;
  readonly oomKilled: boolean;
}

/** What of a container's configuration a further program in it shares. */
export type ExecContext = Pick<ContainerConfig, "env" | "cwd" | "user" | "capabilities" | "noNewPrivileges">;

/** A program to be run in a container. */
export interface ExecCommand {
  readonly words: readonly string[];
  readonly pidFile: string;
  /** Why runc could not start it, once it has ended; undefined when it ran. */
  failure(): Promise<string | undefined>;
  /** Removes the files. */
  done(): Promise<void>;
}

interface OciProcess {
  user: { uid: number; gid: number; additionalGids: number[] };
  env: string[];
  cwd: string;
  capabilities: { bounding: string[] };
  noNewPrivileges: boolean;
}

/** Starting failed before the container's program ran. */
export class StartError extends Error {}

export class Runtime {
  readonly #folder: string;
  readonly #runcRoot: string;
  readonly #program = findProgram("runc");
  readonly #watcher: ReturnType<typeof watch>;

  /** `onExit` may be called more than once for a container. */
  constructor(folder: string, onExit: (id: string) => void) {
    this.#folder = folder;
    this.#runcRoot = join(folder, "runc");
    mkdirSync(join(folder, "exits"), { recursive: true, mode: 0o700 });
    mkdirSync(join(folder, "containers"), { recursive: true, mode: 0o700 });
    this.#watcher = watch(join(folder, "exits"), (_event, name) => {
      // conmon writes NAME.XXXXXX first and renames it.
      if (name !== null && !name.includes(".")) onExit(name);
    });
    // Ends that are not seen here are found by the regular look at lost containers.
    this.#watcher.on("error", () => {});
  }

  close(): void {
    this.#watcher.close();
  }

  bundle(id: string): string {
    return join(this.#folder, "containers", id);
  }

  /** Starts a container. Throws StartError with runc's own words when its program cannot be run. */
  async start(request: ContainerStart): Promise<ProcessId> {
    const { id, scratch } = request;
    const bundle = this.bundle(id);
    const [upper, work, rootfs] = [join(scratch, "upper"), join(scratch, "work"), join(bundle, "rootfs")];
    await Promise.all([upper, work, rootfs].map((folder) => mkdir(folder, { recursive: true, mode: 0o755 })));
    await Promise.all([
      writeFile(join(bundle, "config.json"), JSON.stringify(ociConfig(request.config))),
      runCommand([
        "mount",
        "-t",
        "overlay",
        "overlay",
        "-o",
        `lowerdir=${request.rootfs},upperdir=${upper},workdir=${work}`,
        rootfs,
      ]),
    ]);
    const pid = await this.#create(request, bundle);
    const process = identify(pid);
    await this.#runc("start", id).catch((error: Error) => {
      throw new StartError(runcMessage(error.message));
    });
    // A program that ended at once: its exit file tells the rest.
    return process ?? { pid, startTicks: "" };
  }

  #create(request: ContainerStart, bundle: string): Promise<number> {
    const { id, config } = request;
    const args = [
      "--api-version",
      "1",
      "--cid",
      id,
      "--cuuid",
      id,
      "--name",
      request.name,
      "--runtime",
      this.#program,
      `--runtime-arg=--root=${this.#runcRoot}`,
      "--bundle",
      bundle,
      "--persist-dir",
      bundle,
      "--container-pidfile",
      join(bundle, "pid"),
      "--conmon-pidfile",
      join(bundle, "conmon.pid"),
      "--exit-dir",
      join(this.#folder, "exits"),
      "--log-path",
      `k8s-file:${request.logFile}`,
      "--log-level",
      "error",
      "--full-attach",
      "--no-sync-log",
      ...(config.terminal ? ["--terminal"] : []),
      ...(request.stdin ? ["--stdin", "--leave-stdin-open"] : []),
    ];
    const conmon = spawn("conmon", args, {
      cwd: bundle,
      stdio: ["ignore", "ignore", "ignore", "pipe"],
      detached: true,
      env: { PATH: process.env["PATH"] ?? "/usr/sbin:/usr/bin", _OCI_SYNCPIPE: "3" },
    });
    return readSyncPipe(conmon);
  }

  /** Ids of all containers that have left anything here. */
  async list(): Promise<string[]> {
    return readdir(join(this.#folder, "containers"));
  }

  /** How the container ended; undefined while it runs or if it never was. */
  exit(id: string): Exit | undefined {
    const file = join(this.#folder, "exits", id);
    try {
      const text = readFileSync(file, "utf8");
      const oomKilled = existsSync(join(this.bundle(id), "oom"));
      return { exitCode: Number.parseInt(text, 10), finishedAt: statSync(file).mtime, oomKilled };
    } catch {
      return undefined;
    }
  }

  /** What a further program in the container shares with its first; undefined when the container is gone. */
  execContext(id: string): ExecContext | undefined {
    try {
      const { process } = JSON.parse(readFileSync(join(this.bundle(id), "config.json"), "utf8")) as {
        process: OciProcess;
      };
      const { user, env, cwd, capabilities, noNewPrivileges } = process;
      return {
        env,
        cwd,
        noNewPrivileges,
        capabilities: capabilities.bounding,
        user: { uid: user.uid, gid: user.gid, groups: user.additionalGids },
      };
    } catch {
      return undefined;
    }
  }

  /** Takes away an ended container's mounts, cgroup and files; a running one is killed. Repeatable. */
  async remove(id: string): Promise<void> {
    await this.#runc("delete", "--force", id).catch(() => {});
    const bundle = this.bundle(id);
    if (existsSync(bundle)) await runCommand(["umount", "--lazy", "--quiet", join(bundle, "rootfs")]).catch(() => {});
    await rm(bundle, { recursive: true, force: true });
    await rm(join(this.#folder, "exits", id), { force: true });
  }

  /** Makes conmon open its log file anew, after the file was renamed. */
  reopenLog(id: string): Promise<void> {
    return this.#control(id, "2 0 0\n");
  }

  /** Sets the size of a container's terminal. */
  resize(id: string, size: { width: number; height: number }): Promise<void> {
    return this.#control(id, `1 ${size.height} ${size.width}\n`);
  }

  async #control(id: string, command: string): Promise<void> {
    const fifo = await open(join(this.bundle(id), "ctl"), "r+");
    await fifo.write(command);
    await fifo.close();
  }

  /**
   * How to run a program in a container. The program's own pid appears in `pidFile`; what runc has to say against it in `log`,
   * apart from what the program says.
   */
  async execCommand(id: string, config: Parameters<typeof ociProcess>[0]): Promise<ExecCommand> {
    const base = join(this.bundle(id), `exec-${process.hrtime.bigint()}`);
    const [file, pidFile, log] = [`${base}.json`, `${base}.pid`, `${base}.log`];
    await writeFile(file, JSON.stringify(ociProcess(config)), { mode: 0o600 });
    const words = [
      this.#program,
      "--root",
      this.#runcRoot,
      "--log",
      log,
      "exec",
      "--process",
      file,
      "--pid-file",
      pidFile,
      id,
    ];
    return {
      words,
      pidFile,
      failure: async () => {
        const said = await readFile(log, "utf8").catch(() => "");
        return said.includes("level=error") ? runcMessage(said) : undefined;
      },
      done: async () => {
        await Promise.all([file, pidFile, log].map((path) => rm(path, { force: true })));
      },
    };
  }

  #runc(...args: string[]): Promise<string> {
    return runCommand([this.#program, "--root", this.#runcRoot, ...args]);
  }
}

/** Waits for conmon's one line: the pid of the created container, or why there is none. */
async function readSyncPipe(conmon: ChildProcess): Promise<number> {
  const failed = new Promise<never>((_, reject) => conmon.once("error", reject));
  // Without a free file descriptor there is a failure and no pipe.
  if (conmon.pid === undefined) return failed;
  const pipe = conmon.stdio[3] as NodeJS.ReadableStream;
  let text = "";
  const ended = new Promise<void>((resolve, reject) => {
    failed.catch(reject);
    pipe.once("end", resolve).once("error", reject);
    pipe.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("\n")) resolve();
    });
  });
  await ended;
  (pipe as unknown as { destroy(): void }).destroy();
  const answer = (text === "" ? { data: -1, message: "conmon ended without a word" } : JSON.parse(text)) as {
    data: number;
    message?: string;
  };
  if (answer.data <= 0) throw new StartError(runcMessage(answer.message ?? "container could not be created"));
  return answer.data;
}

/** runc logs JSON or `level=error msg="..."`; only the message is for people. */
function runcMessage(text: string): string {
  const message = /msg="((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
  return message.replaceAll('\\"', '"').trim();
}
