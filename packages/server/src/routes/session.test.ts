import assert from "node:assert/strict";
import { once } from "node:events";
import { Readable } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { createLogger } from "@keelson/kube";
import { bareApp } from "../../testing/bare-app.ts";
import { ADMIN } from "../auth/accounts.ts";
import type { Parts } from "../parts.ts";

const password = "correct horse battery";

async function setUp(context: TestContext, overrides: Partial<Parts> = {}) {
  const { app, parts } = await bareApp(overrides);
  context.after(() => app.close());
  await parts.accounts.change(ADMIN, password);
  const signIn = (headers: Record<string, string>, typed = password, remoteAddress = "127.0.0.1") =>
    app.inject({
      method: "POST",
      url: "/api/v1/session",
      payload: { username: ADMIN, password: typed },
      headers,
      remoteAddress,
    });
  return { app, parts, signIn };
}

describe("the log of sign-ins", () => {
  it("names accounts, and nothing else that was typed", async (context) => {
    let written = "";
    const logger = createLogger({ name: "server", destination: { write: (line) => (written += line) } });
    const { app } = await bareApp({}, logger);
    context.after(() => app.close());
    for (const username of [ADMIN, "hunter2 hunter2"]) {
      const payload = { username, password: "wrong" };
      assert.equal((await app.inject({ method: "POST", url: "/api/v1/session", payload })).statusCode, 401);
    }
    assert.equal(written.match(/sign-in refused/g)?.length, 2);
    assert.match(written, /"account":"admin"/);
    assert.doesNotMatch(written, /hunter2|wrong/);
  });
});

describe("a session's cookie", () => {
  it("is bound to this host and to encryption when the browser came by https, also behind a proxy", async (context) => {
    const { app, signIn } = await setUp(context);
    const host = "db.example.com";
    const response = await signIn({ host, origin: `https://${host}` });
    assert.equal(response.statusCode, 201);
    const line = String(response.headers["set-cookie"]);
    assert.match(line, /^__Host-keelson_session=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    const cookie = line.split(";", 1)[0] ?? "";
    // One that another host of the same domain may have set does not go before it.
    const headers = { host, cookie: `keelson_session=planted; ${cookie}` };
    assert.equal((await app.inject({ url: "/api/v1/session", headers })).statusCode, 200);
  });

  it("works over http on a loopback address", async (context) => {
    const { app, signIn } = await setUp(context);
    const response = await signIn({ host: "127.0.0.1:8080", origin: "http://127.0.0.1:8080" });
    const line = String(response.headers["set-cookie"]);
    assert.match(line, /^keelson_session=[^;]+; Path=\/; HttpOnly; SameSite=Strict$/);
    const headers = { cookie: line.split(";", 1)[0] ?? "" };
    assert.equal((await app.inject({ url: "/api/v1/session", headers })).statusCode, 200);
  });

  it("is forgotten under both names at sign-out", async (context) => {
    const { app, signIn } = await setUp(context);
    const signedIn = await signIn({});
    const headers = {
      cookie: String(signedIn.headers["set-cookie"]).split(";", 1)[0] ?? "",
      "x-csrf-token": String(signedIn.json().csrfToken),
    };
    const response = await app.inject({ method: "DELETE", url: "/api/v1/session", headers });
    assert.equal(response.statusCode, 204);
    const lines = [response.headers["set-cookie"]].flat().map(String);
    assert.match(lines.find((line) => line.startsWith("keelson_session=;")) ?? "", /Path=\//);
    assert.match(lines.find((line) => line.startsWith("__Host-keelson_session=;")) ?? "", /Path=\/.*Secure/);
  });
});

describe("sign-in", () => {
  it("gives a program on this machine no more tries for using more of its addresses", async (context) => {
    const { signIn } = await setUp(context);
    const answers: number[] = [];
    for (let i = 1; i <= 9; i++) answers.push((await signIn({}, "guess", `127.0.0.${i}`)).statusCode);
    assert.deepEqual(answers, [...Array(8).fill(401), 429]);
  });

  it("makes an account wait that many addresses try", async (context) => {
    const { signIn } = await setUp(context);
    const answers: number[] = [];
    for (let i = 1; i <= 13; i++) answers.push((await signIn({}, "guess", `192.0.2.${i}`)).statusCode);
    assert.deepEqual(answers, [...Array(12).fill(401), 429]);
  });
});

describe("a new password", () => {
  const next = "a longer horse battery";

  async function signedIn(context: TestContext) {
    const { app, parts, signIn } = await setUp(context);
    const session = async () => {
      const answer = await signIn({});
      const cookie = String(answer.headers["set-cookie"]).split(";", 1)[0] ?? "";
      return { cookie, "x-csrf-token": String(answer.json().csrfToken) };
    };
    const change = (headers: Record<string, string>, payload: object) =>
      app.inject({ method: "PUT", url: "/api/v1/account/password", headers, payload });
    const standing = async (headers: Record<string, string>) =>
      (await app.inject({ url: "/api/v1/session", headers })).statusCode;
    return { parts, signIn, session, change, standing };
  }

  it("ends the other sessions, keeps this one, and is what signs in from then on", async (context) => {
    const { parts, signIn, session, change, standing } = await signedIn(context);
    const [mine, other] = [await session(), await session()];
    const ended: string[] = [];
    parts.sessions.onEnd((tokenHash) => ended.push(tokenHash));
    assert.equal((await change(mine, { current: password, next })).statusCode, 204);
    assert.deepEqual([await standing(mine), await standing(other)], [200, 401]);
    assert.equal(ended.length, 1);
    assert.equal((await signIn({})).statusCode, 401);
    assert.equal((await signIn({}, next)).statusCode, 201);
  });

  it("is refused with a wrong current one and when it is too short; nothing changes then", async (context) => {
    const { signIn, session, change, standing } = await signedIn(context);
    const [mine, other] = [await session(), await session()];
    for (const [payload, field] of [
      [{ current: "guess", next }, "/current"],
      [{ current: password, next: "too short" }, "/next"],
    ] as const) {
      const refused = await change(mine, payload);
      assert.deepEqual([refused.statusCode, refused.json().field], [422, field], refused.body);
      assert.doesNotMatch(refused.body, /guess|too short|horse/);
    }
    assert.deepEqual([await standing(mine), await standing(other)], [200, 200]);
    assert.equal((await signIn({}, next)).statusCode, 401);
    assert.equal((await signIn({})).statusCode, 201);
  });

  it("is for a signed-in person only, with the session's CSRF token, and cannot be guessed for quickly", async (context) => {
    const { session, change, standing } = await signedIn(context);
    const mine = await session();
    assert.equal((await change({}, { current: password, next })).statusCode, 401);
    assert.equal((await change({ cookie: mine.cookie }, { current: password, next })).statusCode, 403);
    const token = { authorization: `Bearer ${"t".repeat(43)}` };
    assert.equal((await change(token, { current: password, next })).statusCode, 403);
    const answers: number[] = [];
    for (let i = 0; i < 9; i++) answers.push((await change(mine, { current: "guess", next })).statusCode);
    assert.deepEqual(answers, [...Array(8).fill(422), 429]);
    assert.equal(await standing(mine), 200);
  });
});

describe("a log that is followed", () => {
  it("ends with the session", async (context) => {
    const key = { namespace: "shop", name: "orders" };
    const topology = { instances: [{ name: "one", pod: "one-0" }] };
    const fleet = {
      unread: () => [],
      database: () => ({ ...key, topology }),
      pods: () => [{ metadata: { name: "one-0" } }],
    };
    const log = new Readable({ read: () => undefined });
    const client = {
      logs: async (_pod: unknown, { signal }: { signal: AbortSignal }) => {
        signal.addEventListener("abort", () => log.destroy(signal.reason as Error));
        log.push("first line\n");
        return log;
      },
    };
    const { app, parts } = await setUp(context, { fleet: fleet as never, client: client as never });
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    const { token, session } = parts.sessions.create(ADMIN);
    const response = await fetch(`${url}/api/v1/databases/shop/orders/logs?follow=true`, {
      headers: { cookie: `keelson_session=${token}` },
    });
    const reader = response.body?.getReader();
    assert.match(new TextDecoder().decode((await reader?.read())?.value), /first line/);
    const closed = once(log, "close").catch(() => undefined);
    parts.sessions.end(session.tokenHash);
    await closed;
    await reader?.closed.catch(() => undefined);
  });
});
