import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { HttpTransport } from "./http-transport.ts";

test("HTTP/2 is not offered to the server", async (t) => {
  const server = createServer();
  t.after(() => server.close());
  const hello = once(server, "connection").then(async ([socket]) => {
    const [bytes] = await once(socket, "data");
    socket.destroy();
    return bytes as Buffer;
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const transport = new HttpTransport({
    server: `https://127.0.0.1:${port}`,
    namespace: "default",
    tls: async () => ({}),
    headers: async () => ({}),
  });
  t.after(() => transport.close());
  await assert.rejects(transport.request({ method: "GET", path: "/", query: {}, headers: {}, streaming: false }));
  // RFC 7301: each name comes after its length.
  assert.equal((await hello).includes("\u0002h2"), false);
});
