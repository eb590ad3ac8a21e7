/** The commands as a person types them, on a data folder of which nothing runs. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";

const main = resolve(import.meta.dirname, "../src/main.ts");

const skip = process.getuid?.() === 0 ? false : "needs root";

/** What a command printed, and its exit code. */
interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

const keelson = (args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
  run(process.execPath, [main, ...args], environment);

function run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((done) => {
    const options = { env: { ...process.env, ...environment }, timeout: 60_000 };
    const child = execFile(program, args, options, (_, output, errors) =>
      done({ code: child.exitCode, output, errors }),
    );
    child.stdin?.end();
  });
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "keelson-commands-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test("kubeconfig prints the path, and nothing else", async (t) => {
  const data = folder(t);
  mkdirSync(join(data, "pki"));
  writeFileSync(join(data, "pki/admin.kubeconfig"), "");
  const outcome = await keelson(["kubeconfig", "--data", data]);
  assert.deepEqual(outcome, { code: 0, output: `${data}/pki/admin.kubeconfig\n`, errors: "" });
});

test("logs prints the parts, or the log of one", async (t) => {
  const data = folder(t);
  mkdirSync(join(data, "logs"));
  for (const name of ["server", "operator"]) writeFileSync(join(data, `logs/${name}.log`), `${name} 1\n${name} 2\n`);
  const outputOf = async (...args: string[]) => (await keelson(["logs", ...args, "--data", data])).output;
  assert.equal(await outputOf(), "operator\nserver\n");
  assert.equal(await outputOf("operator"), "operator 1\noperator 2\n");
  const wrong = await keelson(["logs", "patroni", "--data", data]);
  assert.deepEqual(wrong, {
    code: 1,
    output: "",
    errors: "keelson: there is no part 'patroni': choose one of operator, server.\n",
  });
});

test("reset removes nothing of somebody else's, and nothing without a confirmation", { skip }, async (t) => {
  const data = folder(t);
  const photo = join(data, "photo.jpg");
  writeFileSync(photo, "");
  const foreign = await keelson(["reset", "--yes", "--data", data]);
  assert.equal(foreign.code, 1);
  assert.match(foreign.errors, /was not made by Keelson .*: nothing was removed\.\n$/);
  writeFileSync(join(data, "settings.json"), "{}");
  const unasked = await keelson(["reset", "--data", data]);
  assert.equal(unasked.code, 1);
  assert.match(unasked.errors, /no terminal: add --yes/);
  assert.ok(existsSync(photo));
});

test("a file in the place of a folder is told in one sentence with the option that names it, by every command", async (t) => {
  const file = join(folder(t), "file");
  writeFileSync(file, "");
  for (const command of [["up"], ["down"], ["status"], ["logs"], ["reset"], ["kubeconfig"], ["db", "list"]]) {
    const { code, errors } = await keelson([...command, "--data", file]);
    assert.equal(code, 1);
    assert.ok(errors.startsWith(`error: option '--data <dir>' argument '${file}' is invalid. ${file} is not a folder`));
    assert.equal(errors.split("\n").length, 3, errors);
  }
  const images = await keelson(["up", "--data", folder(t), "--images", file]);
  assert.match(images.errors, /^error: option '--images <dir>' argument /);
  const environment = await keelson(["status"], { KEELSON_DATA: file });
  assert.match(environment.errors, /^error: option '--data <dir>' value .* from env 'KEELSON_DATA' is invalid/);
});

test("up on a read-only disk is refused in one sentence, before anything is changed", { skip }, async (t) => {
  const script = 'mount -t tmpfs -o ro none "$1" && exec "$2" "$3" up --no-sample --data "$1/new"';
  const { code, errors } = await run("unshare", [
    "--mount",
    "sh",
    "-c",
    script,
    "sh",
    folder(t),
    process.execPath,
    main,
  ]);
  assert.equal(code, 1);
  assert.match(
    errors,
    /^keelson: the folder .*\/new cannot be written \(EROFS.*or choose another place with --data\.\n$/,
  );
});
