import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { test } from "node:test";
import { readEvents } from "./watch-leader.ts";

const event = (type: string, leader: string): string =>
  `${JSON.stringify({ type, object: { metadata: { annotations: { leader } } } })}\n`;

test("a watch that is cut in the middle of a line ends, and not the agent with it", async (t) => {
  const server = createServer((request, response) => {
    response.write(event("MODIFIED", "a") + event("MODIFIED", "b").slice(0, 20));
    setTimeout(() => request.socket.resetAndDestroy(), 50);
  }).listen(0);
  t.after(() => server.close());
  await once(server, "listening");
  const call = get({ port: (server.address() as AddressInfo).port });
  call.on("error", () => {});
  const [response] = (await once(call, "response")) as [IncomingMessage];
  const seen: (string | undefined)[] = [];
  await assert.rejects(readEvents(response, ({ metadata }) => seen.push(metadata.annotations?.["leader"])));
  assert.deepEqual(seen, ["a"]);
});

test("a watch that the server ends has been read to its end; one that cannot go on says so", async () => {
  const seen: (string | undefined)[] = [];
  const read = (...events: string[]): Promise<void> =>
    readEvents(Readable.from(events), ({ metadata }) => seen.push(metadata.annotations?.["leader"]));
  await read(event("ADDED", "a"), event("BOOKMARK", "x"), event("MODIFIED", "b"));
  assert.deepEqual(seen, ["a", "b"]);
  await assert.rejects(read(event("ERROR", "")), /cannot go on/);
});
