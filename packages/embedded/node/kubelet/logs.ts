/** Reads containers' logs: CRI lines (`TIME STREAM TAG text`), with everything `kubectl logs` can ask for. */

import { watch } from "node:fs";
import { open, readdir } from "node:fs/promises";
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
  for (const each of older) for await (const line of linesOf(each, 0)) yield* keep(line.line);
  let offset = options.fromByte ?? 0;
  for await (const { line, end } of linesOf(file, offset)) {
    offset = end;
    yield* keep(line);
  }
  yield* history ?? [];
  if (options.follow) yield* follow(file, offset, isOver, signal);
}

async function rotatedFiles(file: string): Promise<string[]> {
  const names = await readdir(dirname(file)).catch(() => []);
  return names
    .filter((name) => name.startsWith(`${basename(file)}.`))
    .sort()
    .map((name) => join(dirname(file), name));
}

/** Whole lines from an offset on, each with the offset behind it. A file that is not there has none. */
async function* linesOf(file: string, offset: number): AsyncGenerator<{ line: LogLine; end: number }> {
  const handle = await open(file, "r").catch(() => undefined);
  if (handle === undefined) return;
  try {
    let rest = Buffer.alloc(0);
    let position = offset;
    const chunk = Buffer.alloc(CHUNK);
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK, position + rest.length);
      if (bytesRead === 0) return;
      rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        position += end + 1;
        const line = parseLogLine(rest.subarray(0, end).toString());
        rest = rest.subarray(end + 1);
        if (line !== undefined) yield { line, end: position };
      }
    }
  } finally {
    await handle.close();
  }
}

/** New lines as they come. A file that became shorter was rotated: it is read from its start. */
async function* follow(
  file: string,
  start: number,
  isOver: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  let offset = start;
  let changed = Promise.withResolvers<void>();
  const wake = (): void => changed.resolve();
  const watcher = watch(dirname(file), wake);
  // The end of a container is no change of its log.
  const timer = setInterval(wake, 500);
  signal.addEventListener("abort", wake);
  try {
    while (!signal.aborted) {
      const over = isOver();
      const size = await logSize(file);
      if (size < offset) offset = 0;
      for await (const { line, end } of linesOf(file, offset)) {
        offset = end;
        yield line;
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

/** Bytes that a log has now; 0 when it is not there. */
export async function logSize(file: string): Promise<number> {
  const handle = await open(file, "r").catch(() => undefined);
  if (handle === undefined) return 0;
  const { size } = await handle.stat();
  await handle.close();
  return size;
}
