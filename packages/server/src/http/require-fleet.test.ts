import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bareApp } from "../../testing/bare-app.ts";

describe("before the databases are known", () => {
  it("what reads them is refused with what is waited for, the rest is answered; a later failure hides nothing", async (context) => {
    const unread = ["pods: not listed yet", "events: connection refused"];
    const fleet = {
      unread: () => unread,
      databases: () => [],
      database: () => undefined,
    };
    const { app } = await bareApp({ fleet: fleet as never });
    context.after(() => app.close());
    const headers = { authorization: `Bearer ${"t".repeat(43)}` };
    const get = (path: string) => app.inject({ url: `/api/v1${path}`, headers });
    for (const path of ["", "/shop/orders", "/shop/orders/backups", "/shop/orders/connection", "/shop/orders/logs"]) {
      const answer = await get(`/databases${path}`);
      assert.deepEqual([answer.statusCode, answer.headers["retry-after"]], [503, "2"], path);
      const { type, detail, remedy } = answer.json();
      assert.equal(type, "urn:keelson:problem:NotReady");
      assert.match(detail, /not known yet\. Not read so far: pods: not listed yet; and 1 more\./);
      assert.match(remedy, /status/);
    }
    assert.equal((await get("/events/stream")).statusCode, 503);
    assert.equal((await app.inject({ url: "/api/v1/databases" })).statusCode, 401);
    assert.equal((await get("/session")).statusCode, 200);
    unread.length = 0;
    assert.deepEqual((await get("/databases")).json(), { items: [] });
    assert.equal((await get("/databases/shop/orders")).statusCode, 404);
  });
});
