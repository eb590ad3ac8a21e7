import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client, ConfigMap } from "@keelson/kube";
import { ForeignKeys, type Keys } from "./foreign-keys.ts";
import { MISSING_TTL_MS } from "./foreign-secrets.ts";

const { signal } = new AbortController();

/** ConfigMaps `objects` by name, and how often somebody has looked; `clock.now` is the time. */
function keysIn(objects: Map<string, ConfigMap>): {
  readonly read: (name: string, ...keys: string[]) => Promise<Keys | undefined>;
  readonly reads: string[];
  readonly clock: { now: number };
} {
  const reads: string[] = [];
  const clock = { now: 0 };
  const get = async (_kind: unknown, { name }: { name: string }): Promise<ConfigMap | undefined> => {
    reads.push(name);
    await new Promise(setImmediate);
    return objects.get(name);
  };
  const foreign = new ForeignKeys({ get } as unknown as Client, () => clock.now);
  const read = (name: string, ...keys: string[]): Promise<Keys | undefined> =>
    foreign.read({ kind: "ConfigMap", namespace: "prod", name, keys }, signal);
  return { read, reads, clock };
}

const both: ConfigMap = { binaryData: { a: "" }, data: { b: "" } };

test("that nothing is missing counts for ten minutes", async () => {
  const { read, reads, clock } = keysIn(new Map([["m", both]]));
  for (clock.now = 0; clock.now < 10 * 60_000; clock.now += 10_000)
    assert.deepEqual([...((await read("m", "a")) ?? [])].sort(), ["a", "b"]);
  assert.deepEqual(reads, ["m"]);
  await read("m", "a");
  assert.deepEqual(reads, ["m", "m"]);
});

test("what is missing, or lacks a key, is looked for again after five seconds", async () => {
  const objects = new Map<string, ConfigMap>([["m", both]]);
  const { read, reads, clock } = keysIn(objects);
  for (let n = 0; n < 2; n++) {
    assert.equal(await read("none"), undefined);
    assert.ok(!(await read("m", "c"))?.has("c"));
  }
  assert.deepEqual(reads, ["none", "m"]);
  clock.now = MISSING_TTL_MS;
  objects.set("none", both).set("m", { data: { c: "" } });
  assert.ok((await read("none"))?.has("a"));
  assert.ok((await read("m", "c"))?.has("c"));
});

test("those who ask at the same time share one request, and a request that failed is made again", async () => {
  const { read, reads } = keysIn(new Map([["m", both]]));
  await Promise.all([read("m"), read("m"), read("m")]);
  assert.deepEqual(reads, ["m"]);
  let failures = 1;
  const get = async (): Promise<ConfigMap> => {
    if (failures-- > 0) throw new Error("connection refused");
    return both;
  };
  const foreign = new ForeignKeys({ get } as unknown as Client);
  const wanted = { kind: "ConfigMap", namespace: "prod", name: "m", keys: [] } as const;
  await assert.rejects(foreign.read(wanted, signal), /refused/);
  assert.ok((await foreign.read(wanted, signal))?.has("a"));
});
