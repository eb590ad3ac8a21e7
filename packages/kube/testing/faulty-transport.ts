/** A transport that fails on demand, by table. */
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import {
  ConnectionError,
  type Query,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from "@keelson/kube";
import type { WebSocket } from "ws";

/** What to do to a request: nothing (undefined), or one of these. */
export type Fault =
  | { readonly type: "refuse" }
  /** The server does it, but the answer is lost. */
  | { readonly type: "loseAnswer" }
  | { readonly type: "delay"; readonly ms: number }
  | { readonly type: "answer"; readonly status: number; readonly reason?: string; readonly retryAfterSeconds?: number }
  /** The body ends in the middle after so many bytes. */
  | { readonly type: "cut"; readonly bytes: number };

export class FaultyTransport implements Transport {
  readonly requests: TransportRequest[] = [];
  readonly #inner: Transport;
  readonly #streams = new Set<Readable>();
  /** Asked for every request. */
  fault: (request: TransportRequest) => Fault | undefined = () => undefined;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  get server(): string {
    return this.#inner.server;
  }

  /** Breaks every watch and log that is open. */
  breakStreams(): void {
    for (const stream of this.#streams) stream.destroy(new Error("connection reset by test"));
    this.#streams.clear();
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    this.requests.push(request);
    const fault = this.fault(request);
    if (fault?.type === "refuse") throw new ConnectionError("refused by test", { code: "ECONNREFUSED", unsent: true });
    if (fault?.type === "delay")
      await delay(fault.ms, undefined, request.signal === undefined ? {} : { signal: request.signal });
    if (fault?.type === "answer") return refusal(fault);
    const response = await this.#inner.request(request);
    if (fault?.type === "loseAnswer") {
      response.body.resume();
      throw new ConnectionError("answer lost by test", { code: "ECONNRESET", unsent: false });
    }
    const body = fault?.type === "cut" ? cut(response.body, fault.bytes) : response.body;
    if (request.streaming === true) {
      this.#streams.add(body);
      body.once("close", () => this.#streams.delete(body));
    }
    return { ...response, body };
  }

  webSocket(path: string, query: Query, protocols: readonly string[], signal?: AbortSignal): Promise<WebSocket> {
    return this.#inner.webSocket(path, query, protocols, signal);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

function refusal(fault: Extract<Fault, { type: "answer" }>): TransportResponse {
  const { status, reason = "", retryAfterSeconds } = fault;
  const body = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    code: status,
    reason,
    message: `${status} by test`,
  };
  return {
    status,
    headers: retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) },
    body: Readable.from([Buffer.from(JSON.stringify(body))]),
  };
}

function cut(body: Readable, bytes: number): Readable {
  async function* some(): AsyncGenerator<Buffer> {
    let left = bytes;
    for await (const chunk of body) {
      const piece = (chunk as Buffer).subarray(0, left);
      left -= piece.length;
      yield piece;
      if (left === 0) break;
    }
    body.destroy();
    throw new Error("connection reset by test");
  }
  return Readable.from(some());
}
