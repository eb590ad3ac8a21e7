import assert from "node:assert/strict";
import { Duplex, duplexPair } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import fc from "fast-check";
import { headerDeflater, headerInflater } from "./compression.ts";
import { SpdyConnection, type SpdyStream } from "./connection.ts";
import { SPDY_DICTIONARY } from "./dictionary.ts";
import { type Frame, FrameReader, formatFrame, formatHeaders, parseHeaders } from "./frames.ts";

const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array));
const streamId = fc.integer({ min: 1, max: 0x7fff_ffff });
const frame: fc.Arbitrary<Exclude<Frame, { type: "other" }>> = fc.oneof(
  fc.record({ type: fc.constant("data" as const), streamId, fin: fc.boolean(), data: bytes }),
  fc.record({
    type: fc.constantFrom("syn_stream" as const, "syn_reply" as const, "headers" as const),
    streamId,
    fin: fc.boolean(),
    headers: bytes,
  }),
  fc.record({ type: fc.constant("rst_stream" as const), streamId, status: fc.nat() }),
  fc.record({ type: fc.constant("ping" as const), id: fc.nat() }),
  fc.record({ type: fc.constant("goaway" as const), lastStreamId: streamId, status: fc.nat() }),
);

test("frames come back whole however the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.integer({ min: 1, max: 30 }), (frames, size) => {
      const all = Buffer.concat(frames.map(formatFrame));
      const reader = new FrameReader();
      const read: Frame[] = [];
      for (let offset = 0; offset < all.length; offset += size)
        read.push(...reader.push(all.subarray(offset, offset + size)));
      assert.deepEqual(
        read,
        frames.map((each) => ({ ...each })),
      );
    }),
  );
});

test("the dictionary is the one that everybody uses", () => {
  let [a, b] = [1, 0];
  for (const byte of SPDY_DICTIONARY) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  assert.equal(
    (((b << 16) | a) >>> 0).toString(16),
    "e3c6a7c2",
    "its checksum, as it stands in the SPDY/3 draft's streams",
  );
});

test("what is not SPDY/3 is refused", () => {
  assert.throws(() => new FrameReader().push(Buffer.from([0x80, 2, 0, 1, 0, 0, 0, 0])), /not SPDY\/3/);
});

test("streams carry headers, data both ways and their ends", async () => {
  const [clientEnd, serverEnd] = duplexPair();
  const opened = Promise.withResolvers<SpdyStream>();
  new SpdyConnection(serverEnd, opened.resolve);
  const deflate = headerDeflater();
  const inflate = headerInflater();
  const reader = new FrameReader();
  const frames: Frame[] = [];
  clientEnd.on("data", (chunk: Buffer) => frames.push(...reader.push(chunk)));

  // Two streams: the second's headers depend on the compression of the first's.
  const headers = (type: string) =>
    formatHeaders(
      new Map([
        ["streamType", type],
        ["port", "80"],
      ]),
    );
  clientEnd.write(
    formatFrame({ type: "syn_stream", streamId: 1, fin: false, headers: await deflate(headers("error")) }),
  );
  const first = await opened.promise;
  assert.deepEqual(
    [...first.headers],
    [
      ["streamtype", "error"],
      ["port", "80"],
    ],
  );
  clientEnd.write(formatFrame({ type: "data", streamId: 1, fin: false, data: Buffer.from("in") }));
  clientEnd.write(formatFrame({ type: "data", streamId: 1, fin: true, data: Buffer.from("put") }));
  assert.equal(await text(first), "input");

  first.end(Buffer.alloc(70_000, "x"));
  const finished = (): boolean => frames.some((each) => each.type === "data" && each.fin);
  while (!finished()) await new Promise((resolve) => setImmediate(resolve));
  const [reply] = frames;
  assert.ok(reply?.type === "syn_reply");
  assert.deepEqual([...parseHeaders(await inflate(reply.headers))], []);
  const sent = frames.filter((each) => each.type === "data");
  assert.equal(Buffer.concat(sent.map((each) => each.data)).length, 70_000);
  assert.ok(
    sent.every((each) => each.data.length <= 32 * 1024),
    "cut into pieces so that streams take turns",
  );
  clientEnd.destroy();
});

test("pings are answered, unknown streams ignored, rubbish ends the connection", async () => {
  const [clientEnd, serverEnd] = duplexPair();
  const connection = new SpdyConnection(serverEnd, () => assert.fail("no stream was opened"));
  const answer = new Promise<Buffer>((resolve) => Duplex.prototype.once.call(clientEnd, "data", resolve));
  clientEnd.write(formatFrame({ type: "data", streamId: 9, fin: false, data: Buffer.from("?") }));
  clientEnd.write(formatFrame({ type: "ping", id: 5 }));
  assert.deepEqual(new FrameReader().push(await answer), [{ type: "ping", id: 5 }]);
  clientEnd.write(Buffer.from([0x80, 2, 0, 1, 0, 0, 0, 0]));
  await connection.closed;
});
