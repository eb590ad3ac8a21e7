import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";

/** A log is turned over at this size; one older file is kept, so a program's logs take at most twice as much. */
const maximumBytes = 10 * 1024 * 1024;

/**
 * Appends a program's output to a file and turns it over when it is full. Never throws after it was made: while the file cannot be
 * written (a full disk), chunks are dropped and counted, and it is opened again from time to time.
 */
export class LogFile {
  readonly path: string;
  readonly #reopenAfterMs: number;
  #stream: WriteStream | undefined;
  #bytes = 0;
  #dropped = 0;
  #reopenMs = 0;

  constructor(path: string, reopenAfterMs = 5_000) {
    this.path = path;
    this.#reopenAfterMs = reopenAfterMs;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#open();
  }

  write(chunk: Buffer | string): void {
    if (this.#stream === undefined && Date.now() >= this.#reopenMs) this.#open();
    if (this.#stream === undefined) {
      this.#dropped += 1;
      return;
    }
    if (this.#bytes > maximumBytes) this.#turnOver();
    if (this.#dropped > 0) {
      this.#append(
        `{"level":40,"time":${Date.now()},"msg":"lines before this one were dropped","count":${this.#dropped}}\n`,
      );
      this.#dropped = 0;
    }
    this.#append(chunk);
  }

  #append(chunk: Buffer | string): void {
    this.#bytes += Buffer.byteLength(chunk);
    this.#stream?.write(chunk);
  }

  #open(): void {
    const stream = createWriteStream(this.path, { flags: "a", mode: 0o600 });
    stream.on("error", () => {
      if (this.#stream !== stream) return;
      this.#stream = undefined;
      this.#dropped += 1;
      this.#reopenMs = Date.now() + this.#reopenAfterMs;
    });
    this.#bytes = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    this.#stream = stream;
  }

  #turnOver(): void {
    try {
      renameSync(this.path, `${this.path}.1`);
    } catch {
      // It goes on in the same file and is tried again after as much again.
      this.#bytes = 0;
      return;
    }
    this.#stream?.end();
    this.#open();
  }

  close(): void {
    this.#stream?.end();
  }
}
