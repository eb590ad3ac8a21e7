import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type KubeletOptions, startKubeletServer } from "./server.ts";

test("a client that is gone before its upgrade is refused ends nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keelson-kubelet-"));
  const path = join(folder, "kubelet.sock");
  let client: Socket | undefined;
  const asked = Promise.withResolvers<void>();
  const find = (): undefined => {
    client?.destroy();
    asked.resolve();
  };
  const server = await startKubeletServer({ path, manager: { find } } as unknown as KubeletOptions);
  after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  client = connect(path);
  client.write(
    "GET /exec/default/none/main HTTP/1.1\r\nHost: kubelet\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n",
  );
  await asked.promise;
  // An error that nobody hears would fail this test within the next turns.
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  const second = connect(path);
  second.end("GET /healthz HTTP/1.1\r\nHost: kubelet\r\nConnection: close\r\n\r\n");
  const [answer] = await once(second, "data");
  assert.match(String(answer), /^HTTP\/1.1 200/);
});
