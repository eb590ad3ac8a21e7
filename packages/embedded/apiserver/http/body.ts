/** Reading request bodies, with a limit. */
import type { IncomingMessage } from "node:http";
import { tooLarge } from "../errors.ts";

export const maxBodyBytes = 3 * 1024 * 1024;

/** The whole body. Throws 413 when it is too big. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > maxBodyBytes) throw tooLarge(`Request entity too large: limit is ${maxBodyBytes}`);
  if (announced === 0 && request.headers["transfer-encoding"] === undefined) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw tooLarge(`Request entity too large: limit is ${maxBodyBytes}`);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** The media type without parameters, in lower case; "" when there is none. */
export function mediaType(header: string | undefined): string {
  return (header ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
