/** Clients that misbehave harm nobody but themselves. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { after, before, describe, test } from "node:test";
import { apiServerMissing, startApiServer, type TestApiServer } from "@keelson/kube/testing";
import { RawClient } from "../testing/raw-client.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const json = { "Content-Type": "application/json" };

describe("our API server", { skip: apiServerMissing({ real: false }), timeout: 120_000 }, () => {
  let server: TestApiServer;
  let client: RawClient;

  before(async () => {
    server = await startApiServer({ real: false });
    client = new RawClient(server.kubeconfig);
  });
  after(async () => {
    client?.close();
    await server?.stop();
  });

  const isWell = async (): Promise<void> => assert.equal((await client.send("GET", "/readyz")).text, "ok");

  test("a body that is too big is refused", async () => {
    const body = JSON.stringify({ metadata: { name: "big" }, data: { a: "x".repeat(4 * 1024 * 1024) } });
    const answer = await client.send("POST", maps, body, json).catch(() => ({ code: 413 }));
    assert.equal(answer.code, 413);
    await isWell();
  });

  test("deep, odd and hostile documents end in an answer", async () => {
    const deep = `${'{"a":'.repeat(2_000)}1${"}".repeat(2_000)}`;
    const bodies = [
      deep,
      "null",
      "[]",
      '"text"',
      "{",
      '{"metadata":null}',
      '{"metadata":{"name":5}}',
      '{"metadata":{"name":"a","labels":[]}}',
      '{"__proto__":{"x":1},"metadata":{"name":"proto","labels":{"__proto__":"y"}}}',
      '{"metadata":{"name":"constructor","annotations":{"toString":"x"}}}',
    ];
    for (const body of bodies) {
      const answer = await client.send("POST", maps, body, json);
      assert.ok(
        answer.code >= 200 && answer.code < 500,
        `${body.slice(0, 60)}: ${answer.code} ${answer.text.slice(0, 200)}`,
      );
    }
    await isWell();
  });

  test("broken paths and parameters end in an answer", async () => {
    for (const path of [
      "/%E0%A4%A",
      "/api/v1/namespaces/%2e%2e/pods",
      `${maps}?limit=-1`,
      `${maps}?watch=1&timeoutSeconds=x&labelSelector=((`,
      "//",
      "/apis//v1",
      `${maps}/a/b/c/d`,
    ]) {
      const answer = await client.send("GET", path);
      assert.ok(answer.code >= 200 && answer.code < 500, `${path}: ${answer.code}`);
    }
    await isWell();
  });

  test("what is no TLS and what is no HTTP is dropped", async () => {
    const { hostname, port } = new URL(
      /server: (\S+)/.exec((await import("node:fs")).readFileSync(server.kubeconfig, "utf8"))?.[1] ?? "",
    );
    const socket = connectTcp({ host: hostname, port: Number(port) });
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.write("this is not a handshake\r\n\r\n");
    await once(socket, "close");
    await isWell();
  });

  test("a watcher that never reads is cut off, the others go on", { timeout: 60_000 }, async () => {
    const slow = await client.watch(`${maps}?watch=1&resourceVersion=0`);
    const good = await client.watch(`${maps}?watch=1&resourceVersion=0&fieldSelector=metadata.name=fat`);
    const taken = good.take(41);
    const fat = { metadata: { name: "fat" }, data: { a: "x".repeat(900_000) } };
    assert.equal((await client.send("POST", maps, fat, json)).code, 201);
    for (let i = 0; i < 40; i++) {
      const answer = await client.send(
        "PATCH",
        `${maps}/fat`,
        { data: { b: String(i) } },
        { "Content-Type": "application/merge-patch+json" },
      );
      assert.equal(answer.code, 200);
    }
    const events = await taken;
    assert.equal(events.at(-1)?.object.data?.["b"], "39");
    const left = await slow.take(100).catch(() => []);
    assert.ok(left.length < 41, `the slow watcher was given all ${left.length} events`);
    good.close();
    slow.close();
    await isWell();
  });
});
