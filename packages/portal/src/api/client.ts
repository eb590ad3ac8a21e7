/** Calls of the REST API: JSON in, JSON out, problems as exceptions, the CSRF token on everything that changes something. */
import type { Problem } from "@keelson/server/api";
import { ApiProblem } from "./problem.ts";

const base = "/api/v1";
let csrfToken = "";

/** Set from the session: see useSession. */
export function rememberCsrfToken(token: string): void {
  csrfToken = token;
}

interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Makes repeats of a creating request harmless. */
  readonly idempotencyKey?: string;
}

/** Calls the API and answers with the body; throws an ApiProblem for every refusal, also for a server that does not answer. */
export async function call<T>(path: string, { method = "GET", body, signal, idempotencyKey }: Call = {}): Promise<T> {
  const response = await send(path, {
    method,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(method === "GET" ? {} : { "x-csrf-token": csrfToken }),
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  return (text === "" || text === "null" ? undefined : JSON.parse(text)) as T;
}

/** The answer's text as it comes, line by line. */
export async function* lines(path: string, signal: AbortSignal): AsyncGenerator<string[]> {
  const { body } = await send(path, { signal });
  if (body === null) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const parts = (rest + value).split("\n");
    rest = parts.pop() ?? "";
    if (parts.length > 0) yield parts;
  }
  if (rest !== "") yield [rest];
}

async function send(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(base + path, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiProblem({
      type: "urn:keelson:problem:Unreachable",
      title: "The server does not answer",
      status: 0,
      detail: "The request did not reach Keelson's server.",
      remedy: "Check with './keelson status' that it runs. This page goes on by itself when it is back.",
    });
  }
  if (response.ok) return response;
  throw new ApiProblem(await problemOf(response));
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return {
      type: "about:blank",
      title: response.statusText || "Failed",
      status: response.status,
      detail: `The server answered ${response.status}.`,
    };
  }
}

/** The problem behind any error that a query or mutation threw. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof ApiProblem) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return {
    type: "about:blank",
    title: "Something went wrong in this page",
    status: 0,
    detail,
    remedy: "Load the page again.",
  };
}
