/** The guard in front of the whole app, asked in every spelling of a path that a router may accept. */
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import type { FastifyInstance } from "fastify";
import { bareApp } from "../../testing/bare-app.ts";
import { ADMIN } from "./accounts.ts";
import type { Sessions } from "./sessions.ts";

const connection = "/api/v1/databases/default/hello/connection?reveal=true";

describe("guard", () => {
  let app: FastifyInstance;
  let port = 0;
  let sessions: Sessions;
  const routes: { method: string; url: string; access: unknown }[] = [];
  const listen = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook("onRoute", ({ method, url, config }) => {
      for (const one of [method].flat()) routes.push({ method: one, url, access: config?.access });
    });
  };

  before(async () => {
    subscribe("fastify.initialization", listen);
    const bare = await bareApp();
    ({ app } = bare);
    ({ sessions } = bare.parts);
    unsubscribe("fastify.initialization", listen);
    port = Number(new URL(await app.listen({ host: "127.0.0.1", port: 0 })).port);
  });
  after(() => app.close());

  /** Sends a request line as it is, which no client library does, and returns the status and the body. */
  const send = (line: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> => {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
    const socket = connect(port, "127.0.0.1");
    const fields = Object.entries({ Host: `127.0.0.1:${port}`, Connection: "close", ...headers });
    let text = "";
    socket.setEncoding("utf8").on("data", (part) => (text += part));
    socket.on("error", reject).on("end", () => {
      const [head = "", ...body] = text.split("\r\n\r\n");
      resolve({ status: Number(head.split(" ")[1]), body: body.join("\r\n\r\n") });
    });
    socket.write(`${line} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
    return promise;
  };

  it("opens no route to strangers but those that say so", async () => {
    assert.ok(routes.length > 20);
    const open = routes.filter((route) => route.access !== undefined).map((route) => `${route.method} ${route.url}`);
    assert.deepEqual(open.filter((route) => !route.startsWith("HEAD ")).toSorted(), [
      "GET /*",
      "GET /api/v1/health",
      "GET /api/v1/openapi.json",
      "POST /api/v1/session",
    ]);
    for (const { method, url, access } of routes) {
      if (access !== undefined) continue;
      const path = url.replaceAll(/:\w+/g, "x").replace("*", "x");
      assert.equal((await send(`${method} ${path}`)).status, 401, `${method} ${path}`);
    }
  });

  for (const path of [
    connection,
    connection.replace("/api", "/%61pi"),
    connection.replace("/api", "/%61%70%69"),
    connection.replace("connection", "c%6Fnnection"),
    `http://x${connection}`,
    `http://127.0.0.1:8080${connection}`,
    `HTTP://x${connection}`,
    `http://x${connection.replace("/api", "/%61pi")}`,
    connection.replace("?", ";a=b?"),
    connection.replace("?", ".?"),
    connection.replace("?", "/?"),
    "/api/v1/",
    "/api/",
    "/api/v1/none",
    "/%61pi/none",
  ]) {
    for (const method of ["GET", "HEAD", "OPTIONS", "POST", "DELETE"]) {
      it(`answers a stranger's ${method} ${path} with 401`, async () => {
        assert.equal((await send(`${method} ${path}`)).status, 401);
      });
    }
  }

  for (const path of [
    `/${connection}`,
    connection.replace("/api", "/API"),
    connection.replace("/api/v1", "/api%2fv1"),
    connection.replace("/api", "/api;a=b"),
    connection.replace("/api", "/api."),
    connection.replace("/api", "/./api"),
    connection.replace("/api", "/x/../api"),
    "/api",
  ]) {
    it(`leads with ${path} to the portal's page at most`, async () => {
      const { status, body } = await send(`GET ${path}`);
      if (status === 200) assert.match(body, /<!doctype html>/);
      else assert.ok([400, 401, 404].includes(status), String(status));
    });
  }

  it("asks for the CSRF token and this site's origin in every spelling", async () => {
    const { token, session } = sessions.create(ADMIN);
    const cookie = `keelson_session=${token}`;
    for (const start of ["/api", "/%61pi", "http://x/api"]) {
      const remove = `DELETE ${start}/v1/databases/default/none`;
      assert.equal((await send(remove, { cookie })).status, 403, remove);
      const signed = { cookie, "x-csrf-token": session.csrfToken };
      assert.equal((await send(remove, { ...signed, origin: "http://evil.example" })).status, 403, remove);
      assert.equal((await send(`GET ${start}/v1/databases`, { cookie, "sec-fetch-site": "cross-site" })).status, 403);
      assert.equal((await send(`GET ${start}/v1/databases`, { cookie })).status, 200);
    }
  });

  it("lets a link of another site lead to the portal", async () => {
    assert.equal((await send("GET /databases", { "sec-fetch-site": "cross-site" })).status, 200);
  });
});
