import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { after, test } from "node:test";
import { testContainer } from "../testing/fixtures.ts";
import { checkProbe, type Handler, portNumber } from "./check.ts";

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});
const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    servers.push(server);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
const target = {
  container: testContainer("main", { ports: [{ name: "web", containerPort: 81 }] }),
  podIP: "127.0.0.1",
  exec: async () => ({ exitCode: 2, output: "why", timedOut: false }),
};
const check = (handler: Handler, timeoutMs = 1000) => checkProbe(handler, target, timeoutMs);

test("HTTP: 200 to 399 is a success, headers are sent, silence fails in time", async () => {
  const port = await listen(
    createServer((request, response) => {
      if (request.url === "/slow") return;
      response.statusCode = Number(request.url?.slice(1));
      response.end(request.headers["x-test"]);
    }),
  );
  assert.equal((await check({ httpGet: { port, path: "/200" } })).ok, true);
  assert.equal((await check({ httpGet: { port, path: "/302" } })).ok, true);
  assert.deepEqual(await check({ httpGet: { port, path: "/200", httpHeaders: [{ name: "X-Test", value: "hi" }] } }), {
    ok: true,
    output: "hi",
  });
  assert.deepEqual(await check({ httpGet: { port, path: "/503" } }), {
    ok: false,
    output: "HTTP probe failed with statuscode: 503",
  });
  const slow = await check({ httpGet: { port, path: "/slow" } }, 50);
  assert.match(slow.output, /context deadline exceeded$/);
});

test("TCP: a listener is enough, a closed port is refused", async () => {
  const server = createTcpServer((socket) => socket.on("error", () => {}));
  const port = await listen(server);
  assert.equal((await check({ tcpSocket: { port } })).ok, true);
  server.close();
  assert.deepEqual(await check({ tcpSocket: { port } }), {
    ok: false,
    output: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
  });
});

test("commands and names of ports", async () => {
  assert.deepEqual(await check({ exec: { command: ["false"] } }), { ok: false, output: "why" });
  assert.equal(portNumber("web", target.container), 81);
  assert.equal(portNumber("82", target.container), 82);
  assert.match((await check({ httpGet: { port: "none" } })).output, /couldn't find port: none/);
});
