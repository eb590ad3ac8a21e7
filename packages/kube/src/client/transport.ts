/** The seam between the client and the network. Tests put a fault-injecting transport here; the real one is `http-transport.ts`. */
import type { Readable } from "node:stream";
import type { WebSocket } from "ws";
import type { Query } from "./options.ts";

/** One request, ready to be sent. */
export interface TransportRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Query | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Buffer | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A long answer (watch, log): gets a connection of its own and no limit on its length in time. */
  readonly streaming?: boolean | undefined;
  /** With `streaming`: silence after which the connection counts as dead. */
  readonly idleTimeoutMs?: number | undefined;
}

/** Its answer; the body is a stream that has to be read or destroyed. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

/** How requests get to an API server. Tests wrap one to inject faults. */
export interface Transport {
  /** The server's address, without a path at its end. */
  readonly server: string;
  /** Rejects with `ConnectionError`, or with the signal's reason. Any HTTP status is an answer. */
  request(request: TransportRequest): Promise<TransportResponse>;
  /** Opens a WebSocket, paused (its user resumes it when it listens); an HTTP answer instead of an upgrade rejects with `ApiError`. */
  webSocket(path: string, query: Query, protocols: readonly string[], signal?: AbortSignal): Promise<WebSocket>;
  close(): Promise<void>;
}

/** Encodes a query; undefined and false are left out. */
export function queryString(query: Query | undefined): string {
  if (query === undefined) return "";
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === false) continue;
    if (Array.isArray(value)) for (const each of value) out.append(name, each);
    else out.append(name, String(value));
  }
  const text = out.toString();
  return text === "" ? "" : `?${text}`;
}
