/** What exec and attach talk through, whichever protocol carries it. */

import type { Readable } from "node:stream";

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** The client's end of an exec or attach. */
export interface StreamSession {
  /** Undefined when the client sends nothing. */
  readonly stdin: Readable | undefined;
  /** Resolves when the client can take more. */
  stdout(data: Buffer): Promise<void>;
  stderr(data: Buffer): Promise<void>;
  onResize(listener: (size: TerminalSize) => void): void;
  /** Resolves when the client is gone. */
  readonly closed: Promise<void>;
  /** Tells the outcome and ends the session. */
  finish(outcome: Outcome): Promise<void>;
}

/** exitCode: the program has run; error: it could not be. */
export type Outcome = { readonly exitCode: number } | { readonly error: string };

/** A metav1.Status that says how it went, as clients read it from the error stream. */
export function outcomeStatus(outcome: Outcome): object {
  if ("error" in outcome)
    return { metadata: {}, status: "Failure", message: outcome.error, reason: "InternalError", code: 500 };
  if (outcome.exitCode === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${outcome.exitCode}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(outcome.exitCode) }] },
  };
}

/** What the client asked for in the query of an exec or attach. */
export interface StreamRequest {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  readonly command: readonly string[];
}

/** Both spellings are in use: `input`, `output`, `error` by API servers, `stdin`, `stdout`, `stderr` by clients. */
export function streamRequest(query: URLSearchParams): StreamRequest {
  const flag = (...names: string[]): boolean => names.some((name) => ["1", "true"].includes(query.get(name) ?? ""));
  const tty = flag("tty");
  return {
    stdin: flag("input", "stdin"),
    stdout: flag("output", "stdout"),
    // A terminal has one stream out.
    stderr: flag("error", "stderr") && !tty,
    tty,
    command: query.getAll("command"),
  };
}
