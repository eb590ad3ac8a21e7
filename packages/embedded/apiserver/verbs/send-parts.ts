/** Sends a body that is made of many small buffers, without ever holding the event loop or more than the client takes. */
import { isIP } from "node:net";
import type { Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createGzip } from "node:zlib";
import { drained } from "../http/drained.ts";
import { acceptsGzip, type Exchange, sendBytes, setCommonHeaders } from "../http/respond.ts";
import { yamlOf } from "../http/yaml.ts";

const pieceBytes = 256 * 1024;

export async function sendParts(exchange: Exchange, type: "json" | "yaml", parts: Iterable<Buffer>): Promise<void> {
  if (type === "yaml") {
    sendBytes(exchange, 200, "application/yaml", await yamlOf(parts));
    return;
  }
  const pieces = inPieces(parts);
  const first = pieces.next();
  const second = first.done === true ? first : pieces.next();
  if (first.done === true || second.done === true) {
    sendBytes(exchange, 200, "application/json", first.value ?? Buffer.alloc(0));
    return;
  }
  await sendStream(exchange, [first.value, second.value], pieces);
}

async function sendStream(exchange: Exchange, start: Buffer[], rest: Iterable<Buffer>): Promise<void> {
  const { request, response } = exchange;
  setCommonHeaders(exchange);
  response.setHeader("Content-Type", "application/json");
  response.statusCode = 200;
  let out: Writable = response;
  if (acceptsGzip(request) && isFar(request.socket.remoteAddress)) {
    response.setHeader("Content-Encoding", "gzip");
    response.setHeader("Vary", "Accept-Encoding");
    const gzip = createGzip({ level: 1 });
    gzip.pipe(response);
    out = gzip;
  }
  response.once("close", () => out.destroy());
  for (const piece of chain(start, rest)) {
    if (response.destroyed) return;
    if (out.write(piece)) await nextTurn();
    else if (!(await drained(out))) {
      response.destroy();
      return;
    }
  }
  out.end();
}

function* chain(start: readonly Buffer[], rest: Iterable<Buffer>): Generator<Buffer> {
  yield* start;
  yield* rest;
}

/** Compressing costs more than it saves when the bytes do not leave the machine. */
function isFar(address: string | undefined): boolean {
  if (address === undefined || isIP(address) === 0) return false;
  return !/^(127\.|::1$|::ffff:127\.)/.test(address);
}

function* inPieces(parts: Iterable<Buffer>): Generator<Buffer, undefined> {
  let waiting: Buffer[] = [];
  let size = 0;
  for (const part of parts) {
    waiting.push(part);
    size += part.length;
    if (size < pieceBytes) continue;
    yield Buffer.concat(waiting, size);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting, size);
  return undefined;
}
