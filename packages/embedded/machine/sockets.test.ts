import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, test } from "node:test";
import { listen, relayBytes } from "./sockets.ts";

async function server(onConnection: (socket: Socket) => void, onFailure?: (error: Error) => void) {
  const made = createServer({ allowHalfOpen: true }, onConnection);
  after(() => made.close());
  await listen(made, { host: "127.0.0.1", port: 0 }, onFailure);
  return { made, port: (made.address() as AddressInfo).port };
}

test("what goes wrong while listening ends nothing; what goes wrong before is told", async () => {
  const told: string[] = [];
  const { made, port } = await server(
    (socket) => socket.destroy(),
    (error) => told.push(error.message),
  );
  made.emit("error", new Error("accept EMFILE"));
  assert.deepEqual(told, ["accept EMFILE"]);
  assert.ok(made.maxConnections > 0);
  await assert.rejects(listen(createServer(), { host: "127.0.0.1", port }), /EADDRINUSE/);
});

test("an end is passed on without what follows being lost, a reset ends both sides", async () => {
  const echo = await server((socket) => {
    let heard = "";
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      heard += chunk;
    });
    socket.on("end", () => socket.end(`heard ${heard}`));
  });
  const relay = await server((client) =>
    relayBytes(client, connect({ host: "127.0.0.1", port: echo.port, allowHalfOpen: true })),
  );
  const client = connect({ host: "127.0.0.1", port: relay.port, allowHalfOpen: true });
  client.end("this");
  let answer = "";
  for await (const chunk of client) answer += chunk;
  assert.equal(answer, "heard this");

  const gone = once(echo.made, "connection").then(([socket]) => once(socket as Socket, "close"));
  const rude = connect({ host: "127.0.0.1", port: relay.port });
  await once(rude, "connect");
  rude.write("x");
  setImmediate(() => rude.resetAndDestroy());
  await gone;
});
