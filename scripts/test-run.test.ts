import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

/** Runs a module whose text is `source`, with our modules at hand; `onOutput` sees what it has printed so far. */
async function run(t: TestContext, source: string, onOutput: (text: string, pid: number) => void = () => {}) {
  const folder = mkdtempSync(join(tmpdir(), "keelson-run-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const hanging = join(folder, "hanging.test.ts");
  writeFileSync(
    hanging,
    `import { spawn } from "node:child_process";
     import { writeFileSync } from "node:fs";
     import { tmpdir } from "node:os";
     import { join } from "node:path";
     import { test } from "node:test";
     test("passes", () => {
       const { pid } = spawn("sleep", ["1000"], { stdio: "ignore" });
       const started = { pid, temporary: tmpdir(), shared: process.env.KEELSON_TEST_SHARED };
       writeFileSync(join(import.meta.dirname, "started.json"), JSON.stringify(started));
     });
     test("hangs", () => new Promise(() => setInterval(() => {}, 1000)));`,
  );
  const main = join(folder, "main.ts");
  writeFileSync(
    main,
    `import { concludedRun } from ${JSON.stringify(join(import.meta.dirname, "test-run.ts"))};
     import { runFiles } from ${JSON.stringify(join(import.meta.dirname, "test-runner.ts"))};
     const hanging = ${JSON.stringify(hanging)};
     ${source}`,
  );
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
    onOutput(output, child.pid ?? 0);
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    errors += chunk;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, output, errors, started: () => JSON.parse(readFileSync(join(folder, "started.json"), "utf8")) };
}

/** False also for one that has ended and that nobody has collected. */
function isRunning(pid: number): boolean {
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
  return stat !== "" && !stat.includes(") Z ");
}

const runHanging = `run.count(await runFiles([hanging], { concurrency: 1, environment: {}, signal: run.signal }));`;

test("the last line is 'N passed, N failed', with what was skipped on the line before", async (t) => {
  const { code, output } = await run(
    t,
    `await concludedRun(1, async (run) => run.count({ passed: 3, failed: 0, skipped: 2 }));`,
  );
  assert.equal(code, 0);
  assert.ok(output.endsWith("\n2 skipped\n3 passed, 0 failed\n"), output);
});

test("an error before the first test is one failure, and said", async (t) => {
  const { code, output, errors } = await run(
    t,
    `await concludedRun(1, () => Promise.reject(new Error("no kubectl")));`,
  );
  assert.equal(code, 1);
  assert.ok(output.endsWith("\n0 passed, 1 failed\n"), output);
  assert.match(errors, /no kubectl/);
});

test("a file that ends by itself fails with the last that it wrote", async (t) => {
  const { code, output } = await run(
    t,
    `import { writeFileSync } from "node:fs";
     writeFileSync(hanging, 'import { test } from "node:test"; test("passes", () => {}); setTimeout(() => { console.error("out of luck"); process.exit(3); }, 100);');
     await concludedRun(1, async (run) => { ${runHanging} });`,
  );
  assert.equal(code, 1);
  assert.match(output, /✗ .*hanging\.test\.ts[\s\S]*It wrote:\n +out of luck/);
});

test("SIGTERM in the middle of a file keeps what was counted and names the file", async (t) => {
  let sent = false;
  const { code, output, errors, started } = await run(
    t,
    `await concludedRun(1, async (run) => { ${runHanging} });`,
    (text, pid) => {
      if (sent || !text.includes("✓ passes")) return;
      sent = true;
      process.kill(pid, "SIGTERM");
    },
  );
  assert.equal(code, 1);
  assert.match(output, /ended early: \S*hanging\.test\.ts was running/);
  assert.ok(output.endsWith("\n1 passed, 1 failed\n"), output);
  assert.match(errors, /ended by SIGTERM/);
  const { pid, temporary, shared } = started();
  assert.equal(isRunning(pid), false, "what a test had started runs on");
  assert.match(temporary, new RegExp(`^${tmpdir()}/keelson-\\w{6}$`));
  assert.equal(existsSync(temporary), false);
  assert.equal(shared, process.env["KEELSON_TEST_SHARED"] ?? tmpdir());
});

test("the limit of the whole run ends it", async (t) => {
  const { code, output, errors } = await run(t, `await concludedRun(1 / 60, async (run) => { ${runHanging} });`);
  assert.equal(code, 1);
  assert.match(output, /\n\d passed, 1 failed\n$/);
  assert.match(errors, /its limit/);
});

test("files that were ended by a limit of their own count as a failure of the run", async (t) => {
  const cut = runHanging.replace("run.signal", "AbortSignal.timeout(1_000)");
  const { code, output } = await run(t, `await concludedRun(1, async (run) => { ${cut} });`);
  assert.equal(code, 1);
  assert.match(output, /\n\d passed, 1 failed\n$/);
});
