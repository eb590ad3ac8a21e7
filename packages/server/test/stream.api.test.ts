/** The stream of changes on a real API server: resuming, and its bounds. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Stage, startStage } from "../testing/index.ts";
import { Browser, ServerEvents } from "./clients.ts";

describe("the server's stream of changes", () => {
  let stage: Stage;
  before(async () => {
    stage = await startStage();
  });
  after(() => stage.stop());

  const cli = async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${stage.cliToken}` };
    const { ok, status } = await fetch(`${stage.url}/api/v1${path}`, {
      method,
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(ok, `${method} ${path}: ${status}`);
  };
  const create = (name: string) => cli("POST", "/databases", { name });

  it("streams changes as they happen, and goes on where a reader stopped", async () => {
    const events = await ServerEvents.open(stage);
    await events.next("hello");
    await create("live");
    const created = await events.next("database", (data) => data.name === "live");
    assert.equal(created.data.view?.phase, "creating");
    events.close();
    await create("meanwhile");
    const resumed = await ServerEvents.open(stage, created.id);
    const missed = await resumed.next("database", (data) => data.name === "meanwhile");
    assert.equal(missed.data.deleted, false);
    await cli("DELETE", "/databases/default/meanwhile");
    const gone = await resumed.next("database", (data) => data.name === "meanwhile" && data.deleted === true);
    assert.equal(gone.data.view, undefined);
    resumed.close();
    const strange = await ServerEvents.open(stage, "other-17");
    await strange.next("reset");
    strange.close();
  });

  it("ends a person's streams when they sign out, and bounds how many there are", async () => {
    const browser = await Browser.signedIn(stage);
    const streams = await Promise.all(
      Array.from({ length: 12 }, () => ServerEvents.open(stage, undefined, browser.cookie)),
    );
    const refused = await fetch(`${stage.url}/api/v1/events/stream`, { headers: { cookie: browser.cookie } });
    assert.equal(refused.status, 429);
    await refused.body?.cancel();
    await browser.call("DELETE", "/session");
    await Promise.all(streams.map((stream) => stream.ended));
  });
});
