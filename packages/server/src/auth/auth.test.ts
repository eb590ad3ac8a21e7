import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openStore } from "../store.ts";
import { Accounts, ADMIN, initialPasswordFile } from "./accounts.ts";
import { Attempts } from "./attempts.ts";
import { cliToken, cliTokenFile } from "./cli-token.ts";
import { equalSecrets, Sessions } from "./sessions.ts";

const hour = 3_600_000;

describe("accounts", () => {
  let directory = "";
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "keelson-auth-"));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it("makes the first password once, in a file for its owner alone, and drops the file when it is changed", async () => {
    const store = openStore(directory);
    const accounts = await Accounts.open(store, directory);
    const file = initialPasswordFile(directory);
    const password = readFileSync(file, "utf8").trim();
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(await accounts.verify(ADMIN, password), true);
    assert.equal(await accounts.verify(ADMIN, `${password}x`), false);
    assert.equal(await accounts.verify("nobody", password), false);
    assert.equal(accounts.hasInitialPassword(ADMIN), true);

    const again = await Accounts.open(store, directory);
    assert.equal(readFileSync(file, "utf8").trim(), password);
    await again.change(ADMIN, "a long new password");
    assert.equal(existsSync(file), false);
    assert.equal(again.hasInitialPassword(ADMIN), false);
    assert.equal(await again.verify(ADMIN, "a long new password"), true);
    assert.equal(await again.verify(ADMIN, password), false);
    store.close();
  });

  it("keeps hashes, never passwords", async () => {
    const store = openStore(":memory:");
    const accounts = await Accounts.open(store, ":memory:");
    await accounts.change(ADMIN, "correct horse battery");
    const row = store.prepare("SELECT hash FROM accounts").get();
    assert.match(String(row?.["hash"]), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it("keeps the token of the command line over restarts and closes its file again", () => {
    const token = cliToken(directory);
    assert.equal(statSync(cliTokenFile(directory)).mode & 0o777, 0o600);
    chmodSync(cliTokenFile(directory), 0o644);
    assert.equal(cliToken(directory), token);
    assert.equal(statSync(cliTokenFile(directory)).mode & 0o777, 0o600);
  });
});

describe("sessions", () => {
  const setUp = () => {
    let now = 1_000_000_000_000;
    const store = openStore(":memory:");
    const sessions = new Sessions(store, () => now);
    return { store, sessions, pass: (ms: number) => (now += ms) };
  };

  it("live as long as they are used, to a limit", () => {
    const { sessions, pass } = setUp();
    const { token } = sessions.create("admin");
    for (let hours = 0; hours < 7 * 24; hours += 11) {
      assert.equal(sessions.find(token)?.username, "admin");
      pass(11 * hour);
    }
    assert.equal(sessions.find(token), undefined);
  });

  it("end when they are not used", () => {
    const { sessions, pass } = setUp();
    const { token } = sessions.create("admin");
    pass(12 * hour + 1);
    assert.equal(sessions.find(token), undefined);
  });

  it("survive a restart, and the store alone opens none", () => {
    const { store, sessions } = setUp();
    const { token, session } = sessions.create("admin");
    const found = new Sessions(store, () => 1_000_000_000_000).find(token);
    assert.equal(found?.csrfToken, session.csrfToken);
    const kept = String(store.prepare("SELECT token_hash FROM sessions").get()?.["token_hash"]);
    assert.equal(sessions.find(kept), undefined);
  });

  it("tell who listens when they end by sign-out", () => {
    const { sessions } = setUp();
    const ended: string[] = [];
    sessions.onEnd((hash) => ended.push(hash));
    const { token, session } = sessions.create("admin");
    sessions.end(session.tokenHash);
    assert.deepEqual(ended, [session.tokenHash]);
    assert.equal(sessions.find(token), undefined);
  });

  it("are not kept without bound for one account", () => {
    const { store, sessions, pass } = setUp();
    for (let i = 0; i < 60; i++) {
      sessions.create("admin");
      pass(1);
    }
    assert.equal(Number(store.prepare("SELECT count(*) AS n FROM sessions").get()?.["n"]), 50);
  });
});

describe("attempts", () => {
  it("lets a few through, then one per some seconds, and forgives after a success", () => {
    let now = 0;
    const attempts = new Attempts(() => now);
    let tried = 0;
    while (attempts.waitMs("a") === 0 && tried < 100) {
      attempts.begin("a");
      tried += 1;
    }
    assert.equal(tried, 8);
    assert.equal(attempts.waitMs("b"), 0);
    now += attempts.waitMs("a");
    assert.equal(attempts.waitMs("a"), 0);
    attempts.begin("a");
    assert.ok(attempts.waitMs("a") > 0);
    attempts.succeed("a");
    assert.equal(attempts.waitMs("a"), 0);
  });
});

describe("equalSecrets", () => {
  it("compares whole secrets of any length", () => {
    assert.equal(equalSecrets("abc", "abc"), true);
    assert.equal(equalSecrets("abc", "abd"), false);
    assert.equal(equalSecrets("abc", "abcd"), false);
    assert.equal(equalSecrets("", "a"), false);
  });
});
