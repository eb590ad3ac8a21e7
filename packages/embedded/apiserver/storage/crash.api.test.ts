/** kill -9 in the middle of writes: nothing that was acknowledged is lost, nothing half-written is there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { apiServerMissing, startApiServer } from "@keelson/kube/testing";
import { RawClient } from "../testing/raw-client.ts";

const path = "/api/v1/namespaces/default/configmaps";
const json = { "Content-Type": "application/json" };
const writers = 8;
const rounds = 3;

test("acknowledged writes survive kill -9", { skip: apiServerMissing({ real: false }), timeout: 120_000 }, async () => {
  const server = await startApiServer({ real: false });
  const acknowledged = new Map<string, string>();
  try {
    for (let round = 0; round < rounds; round++) {
      const client = new RawClient(server.kubeconfig);
      let killed = false;
      const write = async (writer: number): Promise<void> => {
        for (let i = 0; !killed; i++) {
          const name = `r${round}-w${writer}-${i}`;
          const body = { metadata: { name }, data: { fill: "x".repeat(500) } };
          const answer = await client.send("POST", path, body, json).catch(() => undefined);
          if (answer === undefined) return;
          assert.equal(answer.code, 201);
          acknowledged.set(name, answer.json.metadata.resourceVersion);
        }
      };
      const load = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
      const before = acknowledged.size;
      while (acknowledged.size < before + 200) await new Promise((resolve) => setImmediate(resolve));
      killed = true;
      await server.kill("SIGKILL");
      await load;
      client.close();
      await server.start();
    }
    const client = new RawClient(server.kubeconfig);
    const { json: list } = await client.send("GET", path);
    const found = new Map(list.items.map((item) => [item.metadata.name, item.metadata.resourceVersion]));
    for (const [name, version] of acknowledged)
      assert.equal(found.get(name), version, `${name} was acknowledged and is lost`);
    assert.ok(acknowledged.size >= rounds * 200);
    const versions = list.items.map((item) => Number(item.metadata.resourceVersion));
    assert.equal(new Set(versions).size, versions.length, "two objects have one version");
    assert.ok(Math.max(...versions) <= Number(list.metadata.resourceVersion));
    client.close();
  } finally {
    await server.stop();
  }
});
