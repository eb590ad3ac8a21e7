import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { Forwarder } from "./forwarder.ts";

/** Plays a node: answers the relay's question, then echoes. A target on port 1 is refused. */
function fakeNode(path: string, log: string[]): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.once("data", (line: Buffer) => {
      const target = JSON.parse(line.toString()) as { host: string; port: number };
      log.push(`${target.host}:${target.port}`);
      if (target.port === 1) return socket.end("error: connection refused\n");
      socket.write("ok\nhello ");
      socket.pipe(socket);
    });
    socket.on("error", () => undefined);
  });
  return new Promise((resolve) => server.listen(path, () => resolve(server)));
}

let dir = "";
const log: string[] = [];
let node: Server;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "controllers-lb-"));
  node = await fakeNode(join(dir, "relay.sock"), log);
});
after(async () => {
  node.close();
  await rm(dir, { recursive: true, force: true });
});

const forwarder = (port: number, sockets: readonly string[], failures: unknown[] = []) =>
  Forwarder.listen({
    ip: "127.77.3.9",
    port: 0,
    target: { host: "10.96.1.2", port },
    sockets: () => sockets,
    onFailure: (error) => failures.push(error),
  });

async function client(each: Forwarder): Promise<Socket> {
  const socket = connect({ host: "127.77.3.9", port: each.port, allowHalfOpen: true });
  await once(socket, "connect");
  return socket;
}

test("relays bytes both ways and passes an end on without losing what follows", async () => {
  const each = await forwarder(5432, [join(dir, "relay.sock")]);
  const socket = await client(each);
  socket.end("world");
  assert.equal(await text(socket), "hello world");
  assert.equal(log.at(-1), "10.96.1.2:5432");
  await each.close();
});

test("passes over a node that cannot be asked", async () => {
  const each = await forwarder(5432, [join(dir, "gone.sock"), join(dir, "relay.sock")]);
  const socket = await client(each);
  socket.end("!");
  assert.equal(await text(socket), "hello !");
  await each.close();
});

test("resets the client when nobody listens inside, and says why", async () => {
  const failures: unknown[] = [];
  const each = await forwarder(1, [join(dir, "relay.sock")], failures);
  const socket = await client(each);
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNRESET");
  assert.match(String(failures[0]), /connection refused/);
  await each.close();
});

test("ends open connections when it is closed", async () => {
  const each = await forwarder(5432, [join(dir, "relay.sock")]);
  const socket = await client(each);
  await once(socket, "data");
  assert.equal(each.connections, 1);
  socket.on("error", () => undefined);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await each.close();
  await closed;
  assert.equal(each.connections, 0);
});
