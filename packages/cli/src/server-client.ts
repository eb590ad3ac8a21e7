import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Layout } from "@keelson/embedded/cluster";
import { Failure } from "./failure.ts";

/** RFC 9457 problem, as the server answers. */
interface Problem {
  readonly title?: string;
  readonly detail?: string;
}

/** Talks to the platform's REST API as the local administrator. */
export class ServerClient {
  readonly #base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /** The client of the cluster that runs on this machine. */
  static local(layout: Layout, portalPort: number): ServerClient {
    const file = join(layout.server, "cli-token");
    let token: string;
    try {
      token = readFileSync(file, "utf8").trim();
    } catch {
      throw new Failure(`the token ${file} cannot be read: run this as root while './keelson up' runs.`);
    }
    return new ServerClient(`http://127.0.0.1:${portalPort}/api/v1`, token);
  }

  /** Calls `method path`; the answer's JSON as T. Throws a Failure with the server's own sentence when it refuses. */
  async call<T>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<T> {
    let response: Response;
    try {
      response = await fetch(`${this.#base}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new Failure(
        `the server at ${this.#base} does not answer (${(error as Error).message}): see './keelson status'.`,
      );
    }
    const text = await response.text();
    if (!response.ok) {
      const problem = parse<Problem>(text);
      throw new Failure(problem?.detail ?? problem?.title ?? `the server answered ${response.status}`);
    }
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
