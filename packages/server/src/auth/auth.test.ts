import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openStore } from "../store.ts";
import { Accounts, ADMIN, initialPasswordFile } from "./accounts.ts";
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

  it("have a CSRF token that nobody can compute from the cookie, and that stays the same", () => {
    const [one, other] = [setUp(), setUp()];
    const { token, session } = one.sessions.create("admin");
    assert.equal(one.sessions.find(token)?.csrfToken, session.csrfToken);
    one.pass(1);
    // The same session on a server with another secret.
    const row = one.store.prepare("SELECT * FROM sessions").get() ?? {};
    other.store.prepare("INSERT INTO sessions VALUES (?, ?, ?, ?)").run(...Object.values(row));
    assert.notEqual(other.sessions.find(token)?.csrfToken, session.csrfToken);
    assert.ok(other.sessions.find(token));
  });

  it("end the work that goes on for them, by sign-out and by time", (context) => {
    context.mock.timers.enable({ apis: ["setInterval"] });
    const { sessions, pass } = setUp();
    const begun = () => {
      const { session } = sessions.create("admin");
      const work = new AbortController();
      return { session, work, watch: sessions.abortAtEnd(session.tokenHash, work) };
    };
    const [signedOut, idle, released] = [begun(), begun(), begun()];
    released.watch.release();
    sessions.end(signedOut.session.tokenHash);
    assert.equal(signedOut.work.signal.aborted, true);
    assert.equal(idle.work.signal.aborted, false);
    pass(12 * hour + 1);
    context.mock.timers.tick(15_000);
    assert.equal(idle.work.signal.aborted, true);
    assert.equal(released.work.signal.aborted, false);
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

describe("equalSecrets", () => {
  it("compares whole secrets of any length", () => {
    assert.equal(equalSecrets("abc", "abc"), true);
    assert.equal(equalSecrets("abc", "abd"), false);
    assert.equal(equalSecrets("abc", "abcd"), false);
    assert.equal(equalSecrets("", "a"), false);
  });
});
