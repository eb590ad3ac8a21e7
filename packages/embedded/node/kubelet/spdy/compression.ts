/** Header blocks share one zlib stream per direction, so each must be worked through in order. */

import { constants, createDeflate, createInflate, type Deflate, type Inflate } from "node:zlib";
import { SPDY_DICTIONARY } from "./dictionary.ts";

function transform(stream: Deflate | Inflate): (block: Buffer) => Promise<Buffer> {
  let output: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => output.push(chunk));
  return (block) =>
    new Promise((resolve, reject) => {
      stream.once("error", reject);
      stream.write(block, () => {
        stream.off("error", reject);
        const whole = Buffer.concat(output);
        output = [];
        resolve(whole);
      });
    });
}

/** Undoes the peer's compression. Rejects when the stream is broken. */
export function headerInflater(): (block: Buffer) => Promise<Buffer> {
  return transform(
    createInflate({ dictionary: SPDY_DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH, flush: constants.Z_SYNC_FLUSH }),
  );
}

export function headerDeflater(): (block: Buffer) => Promise<Buffer> {
  return transform(createDeflate({ dictionary: SPDY_DICTIONARY, flush: constants.Z_SYNC_FLUSH }));
}
