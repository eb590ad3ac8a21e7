/** Frames of SPDY/3.1, as far as Kubernetes' streams use them. Header blocks stay compressed here. Pure. */

export const FLAG_FIN = 1;

export type Frame =
  | { readonly type: "data"; readonly streamId: number; readonly fin: boolean; readonly data: Buffer }
  | { readonly type: "syn_stream"; readonly streamId: number; readonly fin: boolean; readonly headers: Buffer }
  | { readonly type: "syn_reply"; readonly streamId: number; readonly fin: boolean; readonly headers: Buffer }
  | { readonly type: "headers"; readonly streamId: number; readonly fin: boolean; readonly headers: Buffer }
  | { readonly type: "rst_stream"; readonly streamId: number; readonly status: number }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "goaway"; readonly lastStreamId: number; readonly status: number }
  /** Settings, window updates: read over, nobody acts on them. */
  | { readonly type: "other"; readonly code: number };

const VERSION = 3;
const HEADER_BYTES = 8;
const STREAM_ID = 0x7fff_ffff;
const CODES = { syn_stream: 1, syn_reply: 2, rst_stream: 3, ping: 6, goaway: 7, headers: 8 } as const;

/** Splits a byte stream into frames. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  /** The frames that the new bytes complete. Throws for what is not SPDY/3. */
  push(chunk: Buffer): Frame[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const frames: Frame[] = [];
    while (this.#pending.length >= HEADER_BYTES) {
      const length = this.#pending.readUIntBE(5, 3);
      if (this.#pending.length < HEADER_BYTES + length) break;
      frames.push(parseFrame(this.#pending.subarray(0, HEADER_BYTES + length)));
      this.#pending = this.#pending.subarray(HEADER_BYTES + length);
    }
    return frames;
  }
}

function parseFrame(frame: Buffer): Frame {
  const word = frame.readUInt32BE(0);
  const fin = ((frame[4] ?? 0) & FLAG_FIN) !== 0;
  const body = frame.subarray(HEADER_BYTES);
  if (word >>> 31 === 0) return { type: "data", streamId: word, fin, data: body };
  if (((word >>> 16) & 0x7fff) !== VERSION) throw new Error("not SPDY/3");
  const code = word & 0xffff;
  const id = body.length >= 4 ? body.readUInt32BE(0) & STREAM_ID : 0;
  switch (code) {
    case CODES.syn_stream:
      return { type: "syn_stream", streamId: id, fin, headers: body.subarray(10) };
    case CODES.syn_reply:
      return { type: "syn_reply", streamId: id, fin, headers: body.subarray(4) };
    case CODES.headers:
      return { type: "headers", streamId: id, fin, headers: body.subarray(4) };
    case CODES.rst_stream:
      return { type: "rst_stream", streamId: id, status: body.readUInt32BE(4) };
    case CODES.ping:
      return { type: "ping", id: body.readUInt32BE(0) };
    case CODES.goaway:
      return { type: "goaway", lastStreamId: id, status: body.length >= 8 ? body.readUInt32BE(4) : 0 };
    default:
      return { type: "other", code };
  }
}

/** The frame's bytes. */
export function formatFrame(frame: Exclude<Frame, { type: "other" }>): Buffer {
  if (frame.type === "data") {
    const head = Buffer.alloc(HEADER_BYTES);
    head.writeUInt32BE(frame.streamId, 0);
    head.writeUInt32BE(((frame.fin ? FLAG_FIN : 0) << 24) | frame.data.length, 4);
    return Buffer.concat([head, frame.data]);
  }
  const body = controlBody(frame);
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(0x8000 | VERSION, 0);
  head.writeUInt16BE(CODES[frame.type], 2);
  head.writeUInt32BE((("fin" in frame && frame.fin ? FLAG_FIN : 0) << 24) | body.length, 4);
  return Buffer.concat([head, body]);
}

function controlBody(frame: Exclude<Frame, { type: "other" | "data" }>): Buffer {
  switch (frame.type) {
    case "syn_stream":
      return Buffer.concat([words(frame.streamId, 0), Buffer.alloc(2), frame.headers]);
    case "syn_reply":
    case "headers":
      return Buffer.concat([words(frame.streamId), frame.headers]);
    case "rst_stream":
      return words(frame.streamId, frame.status);
    case "ping":
      return words(frame.id);
    case "goaway":
      return words(frame.lastStreamId, frame.status);
  }
}

function words(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) buffer.writeUInt32BE(value, 4 * index);
  return buffer;
}

/** Name and value pairs of an uncompressed header block; names are in lower case. */
export function parseHeaders(block: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  let offset = 4;
  const read = (): string => {
    const length = block.readUInt32BE(offset);
    offset += 4 + length;
    return block.subarray(offset - length, offset).toString();
  };
  for (let left = block.readUInt32BE(0); left > 0; left--) {
    const name = read();
    headers.set(name.toLowerCase(), read());
  }
  return headers;
}

/** The opposite of parseHeaders. */
export function formatHeaders(headers: ReadonlyMap<string, string>): Buffer {
  const parts = [words(headers.size)];
  for (const [name, value] of headers) {
    const [nameBytes, valueBytes] = [Buffer.from(name.toLowerCase()), Buffer.from(value)];
    parts.push(words(nameBytes.length), nameBytes, words(valueBytes.length), valueBytes);
  }
  return Buffer.concat(parts);
}
