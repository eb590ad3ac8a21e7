/** The server's side of a SPDY/3.1 connection: streams that the client opens, each a Duplex. No flow control, as Kubernetes uses none. */

import { Duplex } from "node:stream";
import { headerDeflater, headerInflater } from "./compression.ts";
import { type Frame, FrameReader, formatFrame, formatHeaders, parseHeaders } from "./frames.ts";

/** Data frames are cut to this size, so that streams take turns. */
const DATA_BYTES = 32 * 1024;
const RST_PROTOCOL_ERROR = 1;
const RST_CANCEL = 5;

/** A stream with the headers that it was opened with. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly #connection: SpdyConnection;

  constructor(connection: SpdyConnection, id: number, headers: ReadonlyMap<string, string>) {
    super({ allowHalfOpen: true });
    this.id = id;
    this.headers = headers;
    this.#connection = connection;
  }

  override _read(): void {
    this.#connection.resume(this);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    for (let offset = 0; offset < chunk.length; offset += DATA_BYTES) {
      this.#connection.sendData(this.id, chunk.subarray(offset, offset + DATA_BYTES), false);
    }
    this.#connection.whenDrained(done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#connection.sendData(this.id, Buffer.alloc(0), true);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#connection.forget(this, !this.writableFinished || !this.readableEnded);
    done(error);
  }
}

export class SpdyConnection {
  readonly #transport: Duplex;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #full = new Set<SpdyStream>();
  readonly #inflate = headerInflater();
  readonly #deflate = headerDeflater();
  readonly #closed = Promise.withResolvers<void>();
  #work: Promise<void> = Promise.resolve();

  /** `transport` carries SPDY frames and nothing else. */
  constructor(transport: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#transport = transport;
    this.#onStream = onStream;
    const reader = new FrameReader();
    transport.on("data", (chunk: Buffer) => {
      try {
        for (const frame of reader.push(chunk))
          this.#work = this.#work.then(() => this.#handle(frame)).catch(() => this.close());
      } catch {
        this.close();
      }
    });
    transport.on("error", () => this.close());
    transport.once("close", () => this.close());
    transport.once("end", () => this.close());
  }

  /** Resolves when the connection is over. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  close(): void {
    this.#closed.resolve();
    for (const stream of this.#streams.values()) stream.destroy();
    this.#transport.destroy();
  }

  /** Lets what was written go out, then closes. */
  end(): void {
    this.#closed.resolve();
    this.#transport.end();
  }

  sendData(streamId: number, data: Buffer, fin: boolean): void {
    this.#send({ type: "data", streamId, fin, data });
  }

  whenDrained(done: () => void): void {
    if (this.#transport.writableNeedDrain) this.#transport.once("drain", () => done());
    else done();
  }

  /** The reader of a stream wants more. */
  resume(stream: SpdyStream): void {
    if (this.#full.delete(stream) && this.#full.size === 0) this.#transport.resume();
  }

  forget(stream: SpdyStream, early: boolean): void {
    if (this.#streams.delete(stream.id) && early)
      this.#send({ type: "rst_stream", streamId: stream.id, status: RST_CANCEL });
    this.resume(stream);
  }

  #send(frame: Exclude<Frame, { type: "other" }>): void {
    if (this.#transport.writable) this.#transport.write(formatFrame(frame));
  }

  async #handle(frame: Frame): Promise<void> {
    switch (frame.type) {
      case "syn_stream":
        return this.#open(frame);
      case "data":
        return this.#receive(frame.streamId, frame.data, frame.fin);
      case "headers":
      case "syn_reply":
        await this.#inflate(frame.headers); // The blocks share one compression.
        return;
      case "rst_stream":
        this.#streams.get(frame.streamId)?.destroy();
        this.#streams.delete(frame.streamId);
        return;
      case "ping":
        return this.#send(frame);
      case "goaway":
      case "other":
        return;
    }
  }

  async #open({ streamId, headers, fin }: Extract<Frame, { type: "syn_stream" }>): Promise<void> {
    const stream = new SpdyStream(this, streamId, parseHeaders(await this.#inflate(headers)));
    if (this.#streams.has(streamId)) return this.#send({ type: "rst_stream", streamId, status: RST_PROTOCOL_ERROR });
    this.#streams.set(streamId, stream);
    stream.on("error", () => stream.destroy());
    this.#send({ type: "syn_reply", streamId, fin: false, headers: await this.#deflate(formatHeaders(new Map())) });
    if (fin) stream.push(null);
    this.#onStream(stream);
  }

  #receive(streamId: number, data: Buffer, fin: boolean): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    if (data.length > 0 && !stream.push(data)) {
      this.#full.add(stream);
      this.#transport.pause();
    }
    if (fin) stream.push(null);
  }
}
