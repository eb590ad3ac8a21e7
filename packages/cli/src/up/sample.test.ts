import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type TestContext, test } from "node:test";
import { Steps } from "../steps.ts";
import { provideSample } from "./sample.ts";

const primary = (isReady: boolean) => ({ topology: { instances: [{ role: "primary", ready: isReady }] } });
const ready = { namespace: "default", name: "hello", phase: "ready", headline: "Ready", ...primary(true) };
const user = { user: "hello", database: "hello", password: "s", uris: { "primary-external": "postgresql://hello" } };
const external = { host: "127.77.0.2", port: 5432 };

/** A data folder and a server with a database `hello` that the test sets; `start` is what `up` does with the sample. */
function machine(context: TestContext) {
  const data = mkdtempSync(join(tmpdir(), "keelson-sample-"));
  context.after(() => rmSync(data, { recursive: true }));
  const world = {
    hello: undefined as typeof ready | undefined,
    becomes: ready,
    onLook: (): void => undefined,
    external: external as object | undefined,
    created: 0,
  };
  const call = async (method: string, path: string): Promise<unknown> => {
    if (method === "POST") {
      world.created += 1;
      world.hello = world.becomes;
      return { ...ready, phase: "creating" };
    }
    if (path === "/databases") return { items: [{ ...ready, name: "other" }, ...(world.hello ? [world.hello] : [])] };
    if (!path.includes("/connection")) {
      world.onLook();
      return world.hello;
    }
    return { endpoints: [{ id: "primary", ...(world.external ? { external } : {}) }], users: [user] };
  };
  const start = () => provideSample({ call } as never, { data }, new Steps(new PassThrough(), Date.now));
  return { world, start, option: ` --data ${data}` };
}

test("the sample is created once, waited for, and told with its address", async (context) => {
  const { world, start, option } = machine(context);
  const lines = ["  PostgreSQL  postgresql://hello", `  psql        ./keelson db connect hello${option}`];
  assert.deepEqual(await start(), lines);
  assert.deepEqual(await start(), lines);
  assert.equal(world.created, 1);
});

test("a sample that was deleted stays deleted", async (context) => {
  const { world, start } = machine(context);
  await start();
  world.hello = undefined;
  assert.match((await start()).join("\n"), /^ {2}PostgreSQL {2}the sample 'hello' was deleted; '.*db create NAME/);
  assert.equal(world.created, 1);
});

test("one that an earlier release created is not created again either", async (context) => {
  const { world, start } = machine(context);
  world.hello = ready;
  await start();
  world.hello = undefined;
  await start();
  assert.equal(world.created, 0);
});

test("one that is stopped, or is being, is not waited for", async (context) => {
  const { world, start } = machine(context);
  await start();
  for (const phase of ["paused", "pausing", "deleting"]) {
    world.hello = { ...ready, phase, headline: "Stopped" };
    assert.deepEqual(await start(), ["  PostgreSQL  hello: Stopped"]);
  }
});

test("one without an address outside the cluster is no failure of the start", async (context) => {
  const { world, start } = machine(context);
  world.external = undefined;
  const lines = await start();
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^ {2}PostgreSQL {2}hello: this database is not reachable from outside/);
});

test("a later start goes on as soon as it takes writes, whatever else is wrong", async (context) => {
  const { world, start } = machine(context);
  const lines = await start();
  for (const phase of ["degraded", "blocked", "updating"]) {
    world.hello = { ...ready, phase, headline: "Takes writes, but" };
    assert.deepEqual(await start(), lines);
  }
});

test("a later start says how it stands when it takes no writes, and is none the worse", async (context) => {
  const { world, start } = machine(context);
  await start();
  for (const phase of ["blocked", "restoring"]) {
    world.hello = { ...ready, ...primary(false), phase, headline: "No" };
    assert.deepEqual(await start(), ["  PostgreSQL  hello: No"]);
  }
});

test("a later start waits for what comes back, and not long for what does not", async (context) => {
  const { world, start } = machine(context);
  const lines = await start();
  context.mock.timers.enable({ apis: ["Date"] });
  const down = { ...ready, ...primary(false), phase: "unavailable", headline: "Takes no writes" };
  world.hello = down;
  world.onLook = () => {
    context.mock.timers.tick(90_000);
    world.onLook = () => {
      world.hello = ready;
    };
  };
  assert.deepEqual(await start(), lines);
  world.hello = down;
  world.onLook = () => context.mock.timers.tick(70_000);
  assert.deepEqual(await start(), ["  PostgreSQL  hello: Takes no writes"]);
});

test("the start that creates it fails when it cannot be", async (context) => {
  const { world, start } = machine(context);
  world.becomes = { ...ready, ...primary(false), phase: "blocked", headline: "Refused" };
  await assert.rejects(start(), /default\/hello is not ready: Refused/);
});
