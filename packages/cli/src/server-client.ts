import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Layout } from "@keelson/embedded/cluster";
import { dataOption } from "./data-option.ts";
import { Failure } from "./failure.ts";

/** RFC 9457 problem, as the server answers. */
interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly remedy?: string;
}

/** The server answers from memory, or after one write to Kubernetes: longer means that it hangs. */
const ANSWER_MS = 30_000;

/** Talks to the platform's REST API as the local administrator. */
export class ServerClient {
  readonly #base: string;
  readonly #token: string;
  readonly #data: string;
  readonly #answerMs: number;

  /** `data` is where the cluster of that server has its state. */
  constructor(
    base: string,
    token: string,
    { data, answerMs = ANSWER_MS }: { readonly data: string; readonly answerMs?: number },
  ) {
    this.#base = base;
    this.#token = token;
    this.#data = data;
    this.#answerMs = answerMs;
  }

  /** The client of the cluster that runs on this machine. */
  static local(layout: Layout, portalPort: number): ServerClient {
    const file = join(layout.server, "cli-token");
    let token: string;
    try {
      token = readFileSync(file, "utf8").trim();
    } catch {
      throw new Failure(
        `the token ${file} cannot be read: run this as root while './keelson up${dataOption(layout.data)}' runs.`,
      );
    }
    return new ServerClient(`http://127.0.0.1:${portalPort}/api/v1`, token, { data: layout.data });
  }

  /** Calls `method path`; the answer's JSON as T. Throws a Failure with the server's own sentence when it refuses. */
  async call<T>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<T> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.#base}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(this.#answerMs),
      });
      text = await response.text();
    } catch (error) {
      throw new Failure(
        `the server at ${this.#base} does not answer (${reason(error, this.#answerMs)}): see './keelson status${dataOption(this.#data)}'.`,
      );
    }
    if (!response.ok) {
      const problem = parse<Problem>(text);
      throw new Failure(problem === undefined ? `the server answered ${response.status}` : sentence(problem));
    }
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}

/** What happened, and what can be done. */
function sentence({ title, detail = title, remedy }: Problem): string {
  return [detail, remedy].filter((part) => part !== undefined).join(" ");
}

function reason(error: unknown, answerMs: number): string {
  const { name, message, cause } = error as Error;
  if (name === "TimeoutError") return `nothing came within ${answerMs / 1000} s`;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
