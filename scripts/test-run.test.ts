import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";

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

const runHanging = `run.count(await runFiles([hanging], { together: false, concurrency: 1, environment: {}, signal: run.signal }));`;
const runTogether = `run.count(await runFiles(files, { together: true, concurrency: 1, environment: {}, signal: run.signal }));`;

/** Source that writes test files and makes \`files\` their paths. */
function testFiles(texts: Readonly<Record<string, string>>): string {
  return `import { writeFileSync } from "node:fs";
    import { join } from "node:path";
    const files = Object.entries(${JSON.stringify(texts)}).map(([name, text]) => {
      const file = join(import.meta.dirname, name);
      writeFileSync(file, text);
      return file;
    });`;
}

// Side by side: most of their time is the grace of what they end.
describe("a run of tests", { concurrency: 4 }, () => {
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

  test("a suite that is skipped counts as one, with its reason", async (t) => {
    const suite = `import { describe, test } from "node:test";
    describe("in a browser", { skip: "no browser" }, () => { test("clicks", () => {}); test("types", () => {}); });
    test("passes", () => {});`;
    const { code, output } = await run(
      t,
      `${testFiles({ "page.test.ts": suite })} await concludedRun(1, async (run) => { ${runTogether} });`,
    );
    assert.equal(code, 0);
    assert.match(output, /- in a browser: skipped, no browser/);
    assert.ok(output.endsWith("\n1 skipped\n1 passed, 0 failed\n"), output);
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

  for (const [kind, work] of [
    ["with a process of its own", runHanging],
    ["that shares a process", `const files = [hanging]; ${runTogether}`],
  ])
    test(`SIGTERM in the middle of a file ${kind} keeps what was counted and names the file`, async (t) => {
      let sent = false;
      const { code, output, errors, started } = await run(
        t,
        `await concludedRun(1, async (run) => { ${work} });`,
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

  test("files that share a process have hooks of their own, and one that cannot be loaded fails by its name", async (t) => {
    const counting = `import { beforeEach, test } from "node:test";
    import assert from "node:assert/strict";
    import "./slow.ts";
    let seen = 0;
    beforeEach(() => { seen += 1; });
    test("one hook", () => assert.equal(seen, 1));
    test("one hook again", () => assert.equal(seen, 2));`;
    const texts = {
      "slow.ts": "await new Promise((resolve) => setTimeout(resolve, 50));",
      "first.test.ts": counting,
      "second.test.ts": counting,
      "broken.test.ts": "const none = ;",
      "wrong.test.ts": `import { test } from "node:test"; test("is wrong", () => { throw new Error("no"); });`,
    };
    const { code, output } = await run(
      t,
      `${testFiles(texts)} files.shift(); await concludedRun(1, async (run) => { ${runTogether} });`,
    );
    assert.equal(code, 1);
    assert.match(output, /✗ \S*broken\.test\.ts[\s\S]*Expression expected/);
    assert.match(output, /✗ is wrong .*wrong\.test\.ts\)/);
    assert.ok(output.endsWith("\n4 passed, 2 failed\n"), output);
  });

  test("a test that ends the process that its file shares is a failure, also with the exit code 0", async (t) => {
    const ending = `import { test } from "node:test"; test("ends all", () => process.exit(0));`;
    const texts = {
      "ending.test.ts": ending,
      "unseen.test.ts": `import { test } from "node:test"; test("is not run");`,
    };
    const { code, output } = await run(
      t,
      `${testFiles(texts)} await concludedRun(1, async (run) => { ${runTogether} });`,
    );
    assert.equal(code, 1);
    assert.match(output, /ended in the middle of \S*ending\.test\.ts/);
  });
});
