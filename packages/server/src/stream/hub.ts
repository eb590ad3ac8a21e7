/** Server-sent events: every change to every open stream, with heartbeats and bounds per connection, caller and process. */
import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { ProblemError } from "../http/problem-error.ts";
import { ChangeLog, type StreamEvent } from "./log.ts";

const HEARTBEAT_MS = 15_000;
/** A reader that is this many bytes behind is let go; it comes back with its last number. */
const MAX_BEHIND_BYTES = 1024 * 1024;
const MAX_PER_CALLER = 12;
const MAX_STREAMS = 200;

export interface Subscription {
  readonly response: ServerResponse;
  /** Who pays for the stream: the session, or the command line. */
  readonly caller: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly lastEventId?: string | undefined;
  /** Checked at every heartbeat; false ends the stream. */
  readonly isAllowed: () => boolean;
}

export class StreamHub {
  readonly #log = new ChangeLog(randomBytes(6).toString("hex"));
  readonly #streams = new Set<Subscription>();
  #heartbeat: NodeJS.Timeout | undefined;

  /** Sends a change to everybody and remembers it for those who come back. */
  publish(event: string, data: unknown): void {
    const entry = this.#log.append(event, JSON.stringify(data));
    const text = frame(entry);
    for (const stream of this.#streams) this.#write(stream, text);
  }

  /** Opens a stream; throws a problem when the caller or the server has too many. */
  subscribe(stream: Subscription): void {
    const own = [...this.#streams].filter((one) => one.caller === stream.caller).length;
    if (own >= MAX_PER_CALLER || this.#streams.size >= MAX_STREAMS) {
      throw new ProblemError("TooManyStreams", `There are ${own} open streams of this session already.`, {
        remedy: "Close other tabs of the portal.",
        retryAfterSeconds: 10,
      });
    }
    stream.response.writeHead(200, {
      ...stream.headers,
      "content-type": "text/event-stream; charset=utf-8",
      "x-accel-buffering": "no",
    });
    this.#streams.add(stream);
    stream.response.on("close", () => this.#forget(stream));
    stream.response.on("error", () => this.#forget(stream));
    this.#write(stream, `retry: 2000\n\n${this.#opening(stream.lastEventId)}`);
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
  }

  /** Ends the streams of a caller, or all. */
  end(caller?: string): void {
    for (const stream of this.#streams) {
      if (caller === undefined || stream.caller === caller) stream.response.end();
    }
  }

  /** What was missed, or word that too much was: then the reader reads everything anew. */
  #opening(lastEventId: string | undefined): string {
    const hello = frame({ id: this.#log.position, event: "hello", data: "{}" });
    if (lastEventId === undefined) return hello;
    const missed = this.#log.since(lastEventId)?.map(frame).join("");
    // More than a reader may be behind would let it go at once, again and again.
    if (missed === undefined || Buffer.byteLength(missed) > MAX_BEHIND_BYTES)
      return frame({ id: this.#log.position, event: "reset", data: "{}" });
    return missed || hello;
  }

  #write(stream: Subscription, text: string): void {
    stream.response.write(text);
    if (stream.response.writableLength > MAX_BEHIND_BYTES) {
      this.#forget(stream);
      stream.response.destroy();
    }
  }

  #beat(): void {
    for (const stream of this.#streams) {
      if (stream.isAllowed()) this.#write(stream, ": alive\n\n");
      else stream.response.end();
    }
  }

  #forget(stream: Subscription): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }
}

function frame({ id, event, data }: StreamEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}
