import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { holdRepository, repositoryHosts } from "./hold-repository.ts";

const folder = mkdtempSync(join(tmpdir(), "hold-repository-"));
test.after(() => rmSync(folder, { recursive: true }));
const configure = (name: string, text: string): void => writeFileSync(join(folder, name), text);

test("the host of each repository that has one is held until the program ends", async (t) => {
  configure(
    "pgbackrest_instance.conf",
    "[global]\nrepo1-host = 127.0.0.1\nrepo1-host-type=tls\nrepo2-host=127.0.0.1\nrepo3-path=/x\n",
  );
  configure("note.txt", "repo4-host=elsewhere\n");
  assert.deepEqual(repositoryHosts(folder), ["127.0.0.1"]);
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  holdRepository(folder, (server.address() as AddressInfo).port);
  const [held] = (await once(server, "connection")) as [Socket];
  t.after(() => {
    held.destroy();
    server.close();
  });
  assert.equal(held.readyState, "open");
});

test("without backups nothing is held", () => {
  assert.doesNotThrow(() => holdRepository(join(folder, "missing")));
});
