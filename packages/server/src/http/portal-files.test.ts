import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import fastify, { type FastifyInstance } from "fastify";
import { servePortal } from "./portal-files.ts";
import { answerProblems } from "./problems.ts";

describe("portal files", () => {
  let directory = "";
  let app: FastifyInstance;
  const build = (page: string, asset: string, atSeconds: number) => {
    mkdirSync(join(directory, "dist/assets"), { recursive: true });
    writeFileSync(join(directory, "dist/assets", asset), "run()");
    writeFileSync(join(directory, "dist/assets", `${asset}.gz`), gzipSync("run()"));
    writeFileSync(join(directory, "dist/index.html"), page);
    utimesSync(join(directory, "dist/index.html"), atSeconds, atSeconds);
  };
  const get = (url: string, headers = {}) => app.inject({ url, headers });

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "keelson-files-"));
    writeFileSync(join(directory, "secret.txt"), "secret");
    app = fastify();
    answerProblems(app);
    servePortal(app, join(directory, "dist"));
    await app.ready();
  });
  after(async () => {
    await app.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("says how to build the portal when it is not, and serves it as soon as it is", async () => {
    assert.match((await get("/")).body, /npm run build/);
    build("first __CSP_NONCE__", "a-1.js", 1_000);
    assert.match((await get("/databases/shop/orders")).body, /^first [A-Za-z0-9+/=]{20,}$/);
    build("second", "a-2.js", 2_000);
    assert.equal((await get("/")).body, "second");
    assert.equal((await get("/assets/a-2.js")).body, "run()");
  });

  it("gives every page a nonce of its own that its policy names", async () => {
    build("page __CSP_NONCE__", "a-2.js", 3_000);
    const [one, other] = [await get("/"), await get("/")];
    assert.notEqual(one.body, other.body);
    assert.ok(String(one.headers["content-security-policy"]).includes(`'nonce-${one.body.slice("page ".length)}'`));
  });

  it("keeps what is named by its content for ever, and sends it compressed to who can read that", async () => {
    const plain = await get("/assets/a-2.js");
    assert.match(String(plain.headers["cache-control"]), /immutable/);
    const compressed = await get("/assets/a-2.js", { "accept-encoding": "gzip" });
    assert.equal(compressed.headers["content-encoding"], "gzip");
    assert.equal(gunzipSync(compressed.rawPayload).toString(), "run()");
  });

  it("leads nowhere else", async () => {
    for (const path of [
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/assets/../../secret.txt",
      "/assets/none.js",
      "//secret.txt",
    ]) {
      assert.doesNotMatch((await get(path)).body, /^secret/, path);
    }
    assert.equal((await get("/assets/none.js")).statusCode, 404);
    assert.equal((await app.inject({ method: "POST", url: "/" })).statusCode, 405);
  });
});
