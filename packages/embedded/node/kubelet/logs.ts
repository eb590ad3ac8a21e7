/** Reads containers' logs: CRI lines (`TIME STREAM TAG text`), with everything `kubectl logs` can ask for. */

import { watch } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

export interface LogOptions {
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** The last so many lines. */
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  /** Lines before this time are left out; milliseconds since the epoch. */
  readonly since: number | undefined;
  readonly stream: "stdout" | "stderr" | undefined;
  /** Everything from this place of the file on, as `logSize` has told it; nothing older. */
  readonly fromByte?: number;
}

export interface LogLine {
  readonly time: string;
  readonly stream: string;
  /** False: the line goes on in the next one. */
  readonly full: boolean;
  readonly text: string;
}

const CHUNK = 64 * 1024;

/** One line of the file; undefined for what is none. */
export function parseLogLine(line: string): LogLine | undefined {
  const [time, stream, tag] = line.split(" ", 3);
  if (time === undefined || stream === undefined || tag === undefined) return undefined;
  return { time, stream, full: tag !== "P", text: line.slice(time.length + stream.length + tag.length + 3) };
}

/**
 * The log's text. With `follow` it goes on until `signal` ends or `isOver` says that nothing comes any more
 * (asked when the end of the file is reached).
 */
export async function* readLog(
  file: string,
  options: LogOptions,
  isOver: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  let atLineStart = true;
  for await (const line of logLines(file, options, isOver, signal)) {
    if (options.stream !== undefined && line.stream !== options.stream) continue;
    if (options.since !== undefined && Date.parse(line.time) < options.since) continue;
    const prefix = options.timestamps && atLineStart ? `${line.time} ` : "";
    const text = Buffer.from(`${prefix}${line.text}${line.full ? "\n" : ""}`);
    atLineStart = line.full;
    yield text.subarray(0, left);
    left -= text.length;
    if (left <= 0) return;
  }
}

async function* logLines(
  file: string,
  options: LogOptions,
  isOver: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const older = options.fromByte !== undefined || options.tailLines === 0 ? [] : await rotatedFiles(file);
  const history = options.tailLines === undefined ? undefined : ([] as LogLine[]);
  const keep = function* (line: LogLine): Generator<LogLine> {
    if (history === undefined) yield line;
    else {
      history.push(line);
      if (history.length > (options.tailLines ?? 0)) history.shift();
    }
  };
  for (const each of older) for await (const line of linesOf(each)) yield* keep(line);
  const place: Place = { handle: undefined, offset: options.fromByte ?? 0 };
  try {
    for await (const line of moreLines(file, place)) yield* keep(line);
    yield* history ?? [];
    if (options.follow) yield* follow(file, place, isOver, signal);
  } finally {
    await place.handle?.close();
  }
}

async function rotatedFiles(file: string): Promise<string[]> {
  const names = await readdir(dirname(file)).catch(() => []);
  return names
    .filter((name) => name.startsWith(`${basename(file)}.`))
    .sort()
    .map((name) => join(dirname(file), name));
}

/** How far a log was read. The file is held open: after it was renamed, lines may still be written to it. */
interface Place {
  handle: FileHandle | undefined;
  offset: number;
}

/** All whole lines of a file. A file that is not there has none. */
async function* linesOf(file: string): AsyncGenerator<LogLine> {
  const place: Place = { handle: undefined, offset: 0 };
  try {
    yield* moreLines(file, place);
  } finally {
    await place.handle?.close();
  }
}

/** Whole lines from a place on, which moves on with them. */
async function* moreLines(file: string, place: Place): AsyncGenerator<LogLine> {
  if (place.handle === undefined) {
    place.handle = await open(file, "r").catch(() => undefined);
    if (place.handle === undefined) return;
    // Rotated since the place was told.
    if ((await place.handle.stat()).size < place.offset) place.offset = 0;
  }
  let rest = Buffer.alloc(0);
  const chunk = Buffer.alloc(CHUNK);
  for (;;) {
    const { bytesRead } = await place.handle.read(chunk, 0, CHUNK, place.offset + rest.length);
    if (bytesRead === 0) return;
    rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      place.offset += end + 1;
      const line = parseLogLine(rest.subarray(0, end).toString());
      rest = rest.subarray(end + 1);
      if (line !== undefined) yield line;
    }
  }
}

/** New lines as they come. Once there is another file of that name, nothing more is written to the one before. */
async function* follow(
  file: string,
  place: Place,
  isOver: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  let changed = Promise.withResolvers<void>();
  const wake = (): void => changed.resolve();
  const watcher = watch(dirname(file), wake);
  // The end of a container is no change of its log.
  const timer = setInterval(wake, 500);
  signal.addEventListener("abort", wake);
  try {
    while (!signal.aborted) {
      const over = isOver();
      const rotated = await isAnother(file, place.handle);
      yield* moreLines(file, place);
      if (rotated) {
        await place.handle?.close();
        Object.assign(place, { handle: undefined, offset: 0 });
        yield* moreLines(file, place);
      }
      if (over) return;
      await changed.promise;
      changed = Promise.withResolvers();
    }
  } finally {
    clearInterval(timer);
    watcher.close();
    signal.removeEventListener("abort", wake);
  }
}

/** Whether the file of that name is another one than what is open. While there is none, the open one is still written to. */
async function isAnother(file: string, handle: FileHandle | undefined): Promise<boolean> {
  const present = await stat(file).catch(() => undefined);
  return handle !== undefined && present !== undefined && present.ino !== (await handle.stat()).ino;
}

/** Bytes that a log has now; 0 when it is not there. */
export async function logSize(file: string): Promise<number> {
  const handle = await open(file, "r").catch(() => undefined);
  if (handle === undefined) return 0;
  const { size } = await handle.stat();
  await handle.close();
  return size;
}
