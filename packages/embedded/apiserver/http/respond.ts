/** Writing answers: JSON, errors, warnings, gzip for big bodies. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzip } from "node:zlib";
import { internalError, StatusError } from "../errors.ts";

const gzipFromBytes = 128 * 1024;

/** A request under way, with what its handlers collect for the answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly warnings: string[];
}

/** More would not fit into the headers of an answer. */
const maxWarnings = 100;

/** Adds a sentence for the user; kubectl prints it in front of its own output. */
export function warn(exchange: Exchange, sentence: string): void {
  const { warnings } = exchange;
  if (sentence === "" || warnings.length >= maxWarnings || warnings.includes(sentence)) return;
  warnings.push(sentence);
}

export function setCommonHeaders({ response, warnings }: Exchange): void {
  response.setHeader("Cache-Control", "no-cache, private");
  if (warnings.length > 0) {
    response.setHeader(
      "Warning",
      warnings.map((w) => `299 - ${JSON.stringify(w)}`),
    );
  }
}

export function acceptsGzip(request: IncomingMessage): boolean {
  const accepted = request.headers["accept-encoding"];
  return typeof accepted === "string" && /\bgzip\b/.test(accepted);
}

/** Sends a whole body at once. */
export function sendBytes(exchange: Exchange, code: number, contentType: string, body: Buffer | string): void {
  const { request, response } = exchange;
  if (response.headersSent || response.destroyed) return;
  setCommonHeaders(exchange);
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  response.setHeader("Content-Type", contentType);
  response.statusCode = code;
  if (bytes.length < gzipFromBytes || !acceptsGzip(request)) {
    response.setHeader("Content-Length", bytes.length);
    response.end(request.method === "HEAD" ? undefined : bytes);
    return;
  }
  response.setHeader("Vary", "Accept-Encoding");
  gzip(bytes, { level: 1 }, (error, packed) => {
    if (error !== null || response.destroyed) {
      response.destroy();
      return;
    }
    response.setHeader("Content-Encoding", "gzip");
    response.setHeader("Content-Length", packed.length);
    response.end(request.method === "HEAD" ? undefined : packed);
  });
}

export function sendJson(exchange: Exchange, code: number, body: unknown): void {
  sendBytes(exchange, code, "application/json", `${JSON.stringify(body)}\n`);
}

export function sendText(exchange: Exchange, code: number, text: string): void {
  sendBytes(exchange, code, "text/plain; charset=utf-8", text);
}

/** Turns anything thrown into a Status answer. Returns the error that was sent. */
export function sendError(exchange: Exchange, thrown: unknown): StatusError {
  const error =
    thrown instanceof StatusError ? thrown : internalError(thrown instanceof Error ? thrown.message : String(thrown));
  const { response } = exchange;
  if (response.headersSent) {
    response.destroy();
    return error;
  }
  if (error.details?.retryAfterSeconds !== undefined)
    response.setHeader("Retry-After", error.details.retryAfterSeconds);
  if (error.code === 401) response.setHeader("WWW-Authenticate", "Bearer");
  sendJson(exchange, error.code, error.toStatus());
  return error;
}
