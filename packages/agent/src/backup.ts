/** Body of a backup Job: runs the backup on the repository host, and again after what passes by itself. */
import { writeFileSync } from "node:fs";
import { unlessIdle } from "./half-open.ts";
import { errorText, log } from "./log.ts";
import { type ExecOutcome, execInPod } from "./pod-exec.ts";
import { type Repository, readRepository } from "./repository.ts";
import { applyRetention } from "./retention.ts";

/** What the operator asks for. */
export interface BackupRequest {
  readonly namespace: string;
  /** Pod of the repository host. */
  readonly pod: string;
  /** The configuration that the repository host must have. */
  readonly configHash: string;
  /** The backup carries this name as an annotation, so that it is found again. */
  readonly jobName: string;
  readonly options: readonly string[];
  /** Whether old backups are to go after it. */
  readonly expires?: boolean;
}

/** What the loop needs of the world. */
export interface Ports {
  /** Rejects when the connection breaks. With `answer` the output is read, not logged. */
  exec(command: readonly string[], answer?: boolean): Promise<ExecOutcome>;
  sleep(ms: number): Promise<void>;
}

/** How long all pauses together may be. A running backup does not count: it may take a day. */
const PATIENCE_MS = 10 * 60_000;
const LONGEST_PAUSE_MS = 60_000;
/** The repository host has a changed configuration when its kubelet has looked, a minute at most, and a pod may have to start. */
const CONFIG_WAIT_MS = 120_000;
/** Without one archived segment a backup waits for its own and gives up after a minute; `archive_timeout` brings one sooner. */
const ARCHIVE_WAIT_MS = 90_000;
const POLL_MS = 1_000;
/** What is asked, not run, is answered in seconds; an object store may be slow. */
const ANSWER_MS = 120_000;
const BUSY_POLL_MS = 5_000;

/**
 * Ends of pgBackRest that another try may not have: a connection or a process of the other side that broke off (39, 42, 49, 56, 57, 63, and
 * 137 and 143 when the container ends), a lock held by an archive-push (50), a segment that did not come in time (82), an object store
 * that answers with its own failure (101). Source: src/build/error/error.yaml of pgBackRest.
 */
const PASSING = new Set([39, 42, 49, 50, 56, 57, 63, 82, 101, 137, 143]);

/** The last line of pgBackRest that says what went wrong, with the line after it when it only announces that one. */
export function pgbackrestError(output: string): string | undefined {
  const lines = output.split("\n");
  const at = lines.findLastIndex((line) => /\b(ERROR|FATAL)\b/.test(line));
  const error = lines[at]?.replace(/^.*?(ERROR|FATAL): (\[\d+\]: )?/, "").trim();
  return error?.endsWith(":") === true ? `${error} ${lines[at + 1]?.trim() ?? ""}`.trim() : error;
}

/** Runs until the backup is in the repository, or cannot get there. Gives the reason in the second case. */
export async function takeBackup(request: BackupRequest, { exec, sleep }: Ports): Promise<string | undefined> {
  let waited = 0;
  const pause = async (ms: number): Promise<void> => {
    waited += ms;
    await sleep(ms);
  };
  const configOfHost = (): Promise<string | undefined> =>
    exec(["cat", "/etc/pgbackrest/conf.d/config-hash"], true).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    );
  while ((await configOfHost()) !== request.configHash) {
    if (waited >= CONFIG_WAIT_MS) return "The repository host does not have the configuration of this backup.";
    await pause(POLL_MS);
  }
  let reason = "The repository host does not answer.";
  for (let failures = 0; ; ) {
    const repository = await look(request, exec);
    if (repository?.hasBackup === true) return undefined;
    if (repository?.busy === true) {
      // Perhaps ours, from before a connection broke; a second one beside it would only find the lock.
      await sleep(BUSY_POLL_MS);
      continue;
    }
    if (repository?.archived === false && waited < ARCHIVE_WAIT_MS) {
      await pause(POLL_MS);
      continue;
    }
    if (repository !== undefined) {
      log("info", "backup starts", { options: request.options });
      const outcome = await exec(["pgbackrest", "backup", "--stanza=db", ...request.options]).catch((error: unknown) =>
        errorText(error),
      );
      if (typeof outcome === "string") reason = outcome;
      else {
        if (outcome.exitCode === 0) return undefined;
        reason = pgbackrestError(outcome.stderr + outcome.stdout) ?? `pgbackrest ended with ${outcome.exitCode}`;
        if (!PASSING.has(outcome.exitCode)) return reason;
      }
      log("warn", "backup has not come to its end", { reason, failures });
    }
    if (waited >= PATIENCE_MS) return reason;
    await pause(Math.min(LONGEST_PAUSE_MS, 2_000 * 2 ** Math.min(failures++, 5)));
  }
}

/** What the repository says; undefined when it cannot be asked. */
async function look(request: BackupRequest, exec: Ports["exec"]): Promise<Repository | undefined> {
  try {
    const ran = await exec(["pgbackrest", "--stanza=db", "info", "--output=json"], true);
    return ran.exitCode === 0 ? readRepository(ran.stdout, request.jobName) : undefined;
  } catch (error) {
    log("warn", "the repository cannot be asked", { err: errorText(error) });
    return undefined;
  }
}

export async function backup(env: NodeJS.ProcessEnv): Promise<number> {
  // As the first process of a container Node would not be ended by it. What runs on the repository host goes on; the next pod finds it.
  process.on("SIGTERM", () => process.exit(143));
  const request = JSON.parse(env["KEELSON_BACKUP"] ?? "{}") as BackupRequest;
  const target = { namespace: request.namespace, pod: request.pod, container: "pgbackrest" };
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const ask = (command: readonly string[]): Promise<ExecOutcome> =>
    execInPod({ ...target, command, answer: true, signal: AbortSignal.timeout(ANSWER_MS) });
  const isIdle = async (): Promise<boolean> => (await look(request, ask))?.busy === false;
  const exec: Ports["exec"] = (command, answer = false) =>
    answer ? ask(command) : unlessIdle({ run: (signal) => execInPod({ ...target, command, signal }), isIdle, sleep });
  const reason = await takeBackup(request, { exec, sleep });
  if (reason === undefined) {
    await applyRetention(request, exec);
    return 0;
  }
  process.stderr.write(`${reason}\n`);
  try {
    writeFileSync("/dev/termination-log", reason);
  } catch {
    // the log has it too
  }
  return 1;
}
