import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

test("a log on a full disk does not end the one who writes it", async () => {
  const source = `import { say } from ${JSON.stringify(join(import.meta.dirname, "say.ts"))};
    say("stopping");
    setTimeout(() => process.exit(7), 50);`;
  const arguments_ = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", source];
  const child = spawn(process.execPath, arguments_, { stdio: ["ignore", openSync("/dev/full", "w"), "inherit"] });
  assert.deepEqual(await once(child, "exit"), [7, null]);
});
