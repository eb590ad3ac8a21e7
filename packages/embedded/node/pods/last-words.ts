/** What an ended container says about its end. Both files are the container's to fill, so only a little of them is read. */

import { open } from "node:fs/promises";
import type { Container } from "@keelson/kube";

/** Bytes of a termination message that Kubernetes keeps; of a log's end somewhat less. */
const LONGEST_MESSAGE = 4096;
const LONGEST_LOG_MESSAGE = 2048;
const LOG_MESSAGE_LINES = 80;
/** Holds that many lines with their prefixes, or more text than is kept. */
const LOG_END_BYTES = 16 * 1024;

/** The container's termination file, or with FallbackToLogsOnError the end of its log. */
export async function terminationMessage(
  container: Container,
  file: string,
  logFile: string,
  failed: boolean,
): Promise<string> {
  const text = await readPart(file, LONGEST_MESSAGE, "start");
  if (text !== "" || !failed || container.terminationMessagePolicy !== "FallbackToLogsOnError") return text;
  const lines = (await readPart(logFile, LOG_END_BYTES, "end"))
    .split("\n")
    .slice(-LOG_MESSAGE_LINES - 1)
    .map((line) => line.split(" ").slice(3).join(" "));
  return lines.join("\n").slice(-LONGEST_LOG_MESSAGE);
}

/** At most so many bytes of a file's start or end; nothing when it cannot be read. */
async function readPart(path: string, bytes: number, from: "start" | "end"): Promise<string> {
  try {
    await using file = await open(path);
    const position = from === "start" ? 0 : Math.max(0, (await file.stat()).size - bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, position);
    // As a stream: a character that is cut off at the end is left out.
    return new TextDecoder().decode(buffer.subarray(0, bytesRead), { stream: true });
  } catch {
    return "";
  }
}
