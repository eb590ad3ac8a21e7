import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { ServerClient } from "./server-client.ts";

async function client(context: TestContext, listener: RequestListener): Promise<ServerClient> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return new ServerClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "token", {
    data: "/srv/k",
    answerMs: 100,
  });
}

test("a server that hangs is given up, before its answer and in the middle of it", async (context) => {
  const silent = await client(context, () => {});
  await assert.rejects(silent.call("GET", "/databases"), /does not answer \(nothing came within 0.1 s\)/);
  const half = await client(context, (_request, response) => response.writeHead(200).write("{"));
  await assert.rejects(half.call("GET", "/databases"), /does not answer/);
});

test("a refusal is told with its remedy", async (context) => {
  const server = await client(context, (_request, response) => {
    const problem = { title: "Not found", detail: "There is no database a/b.", remedy: "List them." };
    response.writeHead(404).end(JSON.stringify(problem));
  });
  await assert.rejects(server.call("GET", "/databases/a/b"), { message: "There is no database a/b. List them." });
});
