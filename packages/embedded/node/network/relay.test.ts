import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startHostRelay } from "./api-relay.ts";

test("the host's relay: a line that names the target, then bytes both ways, and failures as a line", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keelson-relay-"));
  const echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  const { port } = echo.address() as AddressInfo;
  const relay = await startHostRelay(join(folder, "relay.sock"));
  const ask = async (text: string): Promise<string> => {
    const socket = connect({ path: join(folder, "relay.sock"), allowHalfOpen: true });
    socket.end(text);
    let answer = "";
    for await (const chunk of socket) answer += chunk;
    return answer;
  };
  try {
    assert.equal(await ask(`{"host":"127.0.0.1","port":${port}}\nhello`), "ok\nhello");
    assert.match(await ask("rubbish\n"), /^error: /);
    assert.match(await ask('{"host":"127.0.0.1"}\n'), /^error: host and port are needed\n$/);
    echo.close();
    assert.match(await ask(`{"host":"127.0.0.1","port":${port}}\n`), /^error: .*ECONNREFUSED/);
  } finally {
    relay.close();
    echo.close();
    rmSync(folder, { recursive: true });
  }
});
