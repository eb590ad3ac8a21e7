/** Runs a command in another pod's container over the Kubernetes API (WebSocket, protocol v5). */
import { readFileSync } from "node:fs";

export interface ExecTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  /** The output is an answer to read, and longer than what is kept of a log: all of standard output is kept, none is passed on. */
  readonly answer?: boolean;
  /** Gives the connection up. */
  readonly signal: AbortSignal;
}

export interface ExecOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  /** Last part of standard error. */
  readonly stderr: string;
}

const STDOUT = 1;
const STDERR = 2;
const STATUS = 3;
const KEEP_CHARACTERS = 4_000;

interface ExecStatus {
  readonly status?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

export function exitCodeOf(status: ExecStatus): number {
  if (status.status === "Success") return 0;
  const cause = status.details?.causes?.find((c) => c.reason === "ExitCode")?.message;
  return cause === undefined ? 1 : Number(cause);
}

/** Resolves when the command has ended; rejects when the connection breaks before, or is given up. Output is passed on as it comes. */
export function execInPod(target: ExecTarget): Promise<ExecOutcome> {
  const host = process.env["KUBERNETES_SERVICE_HOST"] ?? "kubernetes.default.svc";
  const port = process.env["KUBERNETES_SERVICE_PORT"] ?? "443";
  const query = new URLSearchParams([
    ["container", target.container],
    ["stdout", "true"],
    ["stderr", "true"],
    ...target.command.map((word): [string, string] => ["command", word]),
  ]);
  const address = host.includes(":") ? `[${host}]` : host;
  const url = `wss://${address}:${port}/api/v1/namespaces/${target.namespace}/pods/${target.pod}/exec?${query}`;
  const token = readFileSync("/var/run/secrets/kubernetes.io/serviceaccount/token", "utf8").trim();
  // Node's WebSocket takes headers; the standard type does not say so.
  const options = {
    protocols: ["v5.channel.k8s.io", "v4.channel.k8s.io"],
    headers: { authorization: `Bearer ${token}` },
  };
  const socket = new WebSocket(url, options as unknown as string[]);
  socket.binaryType = "arraybuffer";
  return new Promise((resolve, reject) => {
    const decoder = new TextDecoder();
    let stdout = "";
    let stderr = "";
    let outcome: ExecOutcome | undefined;
    target.signal.addEventListener("abort", () => {
      reject(target.signal.reason);
      socket.close();
    });
    socket.addEventListener("message", (event: MessageEvent) => {
      const bytes = new Uint8Array(event.data as ArrayBuffer);
      const text = decoder.decode(bytes.subarray(1));
      switch (bytes[0]) {
        case STDOUT:
          stdout += text;
          if (target.answer === true) break;
          stdout = stdout.slice(-KEEP_CHARACTERS);
          process.stdout.write(text);
          break;
        case STDERR:
          stderr = (stderr + text).slice(-KEEP_CHARACTERS);
          process.stderr.write(text);
          break;
        case STATUS:
          outcome = { exitCode: exitCodeOf(JSON.parse(text) as ExecStatus), stdout, stderr };
          break;
      }
    });
    socket.addEventListener("error", (event) => {
      reject(
        new Error(`exec in ${target.pod} failed: ${(event as { message?: string }).message ?? "connection refused"}`),
      );
    });
    socket.addEventListener("close", () => {
      if (outcome === undefined) reject(new Error(`connection to ${target.pod} ended before the command did`));
      else resolve(outcome);
    });
  });
}
