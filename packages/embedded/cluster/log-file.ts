import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import type { Writable } from "node:stream";

/** A log is turned over at this size; one older file is kept, so a program's logs take at most twice as much. */
const maximumBytes = 10 * 1024 * 1024;

/** Appends a program's output to a file and turns it over when it is full. */
export class LogFile {
  readonly path: string;
  #stream: WriteStream;
  #bytes: number;

  constructor(path: string) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    this.#stream = createWriteStream(path, { flags: "a", mode: 0o600 });
  }

  write(chunk: Buffer | string): void {
    if (this.#bytes > maximumBytes) this.#turnOver();
    this.#bytes += Buffer.byteLength(chunk);
    (this.#stream as Writable).write(chunk);
  }

  #turnOver(): void {
    this.#stream.end();
    renameSync(this.path, `${this.path}.1`);
    this.#stream = createWriteStream(this.path, { flags: "a", mode: 0o600 });
    this.#bytes = 0;
  }

  close(): void {
    this.#stream.end();
  }
}
