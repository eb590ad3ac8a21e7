/** JSON requests over a transport: limits in time, safe retries, errors, metrics. */
import { observeRequest } from "../observability/request-metrics.ts";
import { ApiError, ConnectionError } from "./api-error.ts";
import { sleep, withDeadline } from "./deadline.ts";
import type { CallOptions, Query, RawRequest, RawResponse } from "./options.ts";
import { retryDelayMs } from "./retry.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

export interface JsonRequest extends CallOptions {
  readonly method: string;
  readonly path: string;
  readonly query?: Query | undefined;
  readonly body?: unknown;
  /** Default application/json. */
  readonly contentType?: string | undefined;
  readonly retry429?: boolean;
}

export class Requester {
  readonly #transport: Transport;
  readonly #timeoutMs: number;

  constructor(transport: Transport, timeoutMs: number) {
    this.#transport = transport;
    this.#timeoutMs = timeoutMs;
  }

  async json<T>(request: JsonRequest): Promise<T> {
    const { body } = await this.#whole(request, {
      accept: "application/json",
      ...(request.body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
    });
    return JSON.parse(body.toString()) as T;
  }

  async raw(request: RawRequest): Promise<RawResponse> {
    const plain = typeof request.body === "string" || Buffer.isBuffer(request.body) || request.body === undefined;
    return this.#whole(
      { ...request, method: request.method ?? "GET" },
      { accept: "application/json, */*", ...(plain ? {} : { "content-type": "application/json" }), ...request.headers },
    );
  }

  /** An answer to be read as it comes. Only the wait for its first byte is limited. */
  async stream(request: Omit<TransportRequest, "streaming">): Promise<TransportResponse> {
    const response = await this.#send({ ...request, streaming: true }, this.#what(request));
    if (response.status < 400) return response;
    throw await this.#toError(response, this.#what(request));
  }

  async #whole(request: JsonRequest, headers: Record<string, string>): Promise<RawResponse> {
    const { method, path, query } = request;
    const what = this.#what(request);
    const body = encodeBody(request.body);
    const limitMs = request.timeoutMs ?? this.#timeoutMs;
    const late = () =>
      new ConnectionError(`${what}: no answer within ${limitMs} ms`, { code: "TIMEOUT", unsent: false });
    return withDeadline(request.signal, limitMs, late, async (signal) => {
      for (let failures = 0; ; ) {
        try {
          const response = await this.#send({ method, path, query, headers, body, signal }, what);
          if (response.status >= 400) throw await this.#toError(response, what);
          return { status: response.status, headers: response.headers, body: await readAll(response, what) };
        } catch (error) {
          failures++;
          const retry429 = request.retry429 ?? true;
          const delayMs = retryDelayMs({ method, failures, error, retry429, random: Math.random() });
          if (delayMs === undefined || signal.aborted) throw error;
          await sleep(delayMs, signal);
        }
      }
    });
  }

  async #send(request: TransportRequest, what: string): Promise<TransportResponse> {
    const host = this.#transport.server;
    try {
      const response = await this.#transport.request(request);
      observeRequest({ method: request.method, code: String(response.status), host });
      return response;
    } catch (error) {
      observeRequest({ method: request.method, code: "<error>", host });
      throw error instanceof ConnectionError
        ? new ConnectionError(`${what}: ${error.message}`, { code: error.code, unsent: error.unsent, cause: error })
        : error;
    }
  }

  async #toError(response: TransportResponse, what: string): Promise<ApiError> {
    const body = await readAll(response, what);
    const retryAfter = response.headers["retry-after"];
    return ApiError.fromBody(
      response.status,
      body.toString(),
      Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
      what,
    );
  }

  #what({ method, path }: { method: string; path: string }): string {
    return `${method} ${this.#transport.server}${path}`;
  }
}

async function readAll(response: TransportResponse, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response.body) chunks.push(chunk as Buffer);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConnectionError(`${what}: the answer broke off: ${message}`, {
      code: "BROKEN",
      unsent: false,
      cause: error,
    });
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

function encodeBody(body: unknown): string | Buffer | undefined {
  if (body === undefined || typeof body === "string" || Buffer.isBuffer(body)) return body;
  return JSON.stringify(body);
}
