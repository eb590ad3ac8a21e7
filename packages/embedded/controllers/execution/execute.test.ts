import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { execute, type Ports } from "./execute.ts";

test("a volume is open to every user of a pod, and the folder of all volumes to nobody else", async () => {
  const data = mkdtempSync(join(tmpdir(), "keelson-volumes-"));
  after(() => rmSync(data, { recursive: true }));
  const path = join(data, "volumes/pvc-1");
  await execute({ actions: [{ type: "makeDirectory", path }] }, {} as Ports, AbortSignal.timeout(5000));
  assert.equal(statSync(path).mode & 0o777, 0o777);
  assert.equal(statSync(join(data, "volumes")).mode & 0o777, 0o700);
});
