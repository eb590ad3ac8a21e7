import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { Change } from "./collection.ts";
import { Store } from "./store.ts";

const configMap = (name: string, value: string) => ({
  kind: "ConfigMap",
  apiVersion: "v1",
  metadata: { name, namespace: "default" },
  data: { value },
});

test("a write is seen by readers and watchers only when it is durable, and by writers at once", async () => {
  const store = new Store(undefined);
  const seen: Change[] = [];
  store.collection("configmaps").subscribe((change) => seen.push(change));
  const written = store.put("configmaps", "default/a", configMap("a", "1"));
  assert.equal(store.get("configmaps", "default/a"), undefined);
  assert.equal(store.latest("configmaps", "default/a")?.object["kind"], "ConfigMap");
  assert.equal(seen.length, 0);
  const stored = await written;
  assert.equal(store.get("configmaps", "default/a"), stored);
  assert.deepEqual(
    seen.map((c) => [c.type, c.resourceVersion]),
    [["ADDED", stored.resourceVersion]],
  );
  store.close();
});

test("writes of one turn have growing versions and arrive in their order", async () => {
  const store = new Store(undefined);
  const versions: number[] = [];
  store.collection("configmaps").subscribe((change) => versions.push(change.resourceVersion));
  await Promise.all(["b", "a", "c"].map((name) => store.put("configmaps", `default/${name}`, configMap(name, "1"))));
  assert.deepEqual(
    versions,
    [...versions].sort((a, b) => a - b),
  );
  assert.deepEqual(
    store
      .collection("configmaps")
      .list()
      .map((s) => s.key),
    ["default/a", "default/b", "default/c"],
  );
  store.close();
});

test("a removal has a version of its own and shows the last state", async () => {
  const store = new Store(undefined);
  const stored = await store.put("configmaps", "default/a", configMap("a", "last"));
  const removed = await store.remove("configmaps", "default/a");
  assert.ok(removed.resourceVersion > stored.resourceVersion);
  assert.equal(removed.object.metadata.resourceVersion, String(removed.resourceVersion));
  assert.deepEqual(removed.object["data"], { value: "last" });
  assert.equal(store.resourceVersion, removed.resourceVersion);
  store.close();
});

test("objects and the resource version survive a restart, removals included", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keelson-store-"));
  try {
    const first = new Store(join(folder, "state.db"));
    await first.put("configmaps", "default/a", configMap("a", "1"));
    await first.put("configmaps", "default/b", configMap("b", "2"));
    await first.remove("configmaps", "default/a");
    const version = first.resourceVersion;
    first.close();
    const second = new Store(join(folder, "state.db"));
    assert.equal(second.resourceVersion, version);
    assert.equal(second.get("configmaps", "default/a"), undefined);
    assert.deepEqual(second.get("configmaps", "default/b")?.object["data"], { value: "2" });
    const next = await second.put("configmaps", "default/c", configMap("c", "3"));
    assert.equal(next.resourceVersion, version + 1);
    second.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("changes since any retained version, applied to the state of that version, give the current state, and back", async () => {
  const name = fc.constantFrom("default/a", "default/b", "default/c", "other/a");
  const operation = fc.record({ key: name, remove: fc.boolean(), wait: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async (operations) => {
      const store = new Store(undefined);
      const collection = store.collection("configmaps");
      const states: { version: number; state: Map<string, number>; lists: unknown[] }[] = [];
      const places = [undefined, "default", "other"];
      const snapshot = () => new Map(collection.list().map((s) => [s.key, s.resourceVersion]));
      let last: Promise<unknown> = Promise.resolve();
      for (const { key, remove, wait } of operations) {
        if (remove && store.latest("configmaps", key) === undefined) continue;
        last = remove ? store.remove("configmaps", key) : store.put("configmaps", key, configMap(key, "x"));
        if (wait) {
          await last;
          const lists = places.map((place) => collection.list(place));
          states.push({ version: store.resourceVersion, state: snapshot(), lists });
        }
      }
      await last;
      for (const { version, state, lists } of states) {
        assert.deepEqual(
          places.map((place) => collection.listAt(version, place)),
          lists,
        );
        for (const change of collection.changesSince(version) ?? assert.fail("history lost")) {
          if (change.type === "DELETED") state.delete(change.stored.key);
          else state.set(change.stored.key, change.resourceVersion);
        }
        assert.deepEqual([...state].sort(), [...snapshot()].sort());
      }
      store.close();
    }),
    { numRuns: 50 },
  );
});

test("a version older than the history is said to be lost", async () => {
  const store = new Store(undefined);
  const first = await store.put("configmaps", "default/a", configMap("a", "0"));
  for (let i = 0; i < 45; i++) {
    await Promise.all(
      Array.from({ length: 100 }, () => store.put("configmaps", "default/a", configMap("a", String(i)))),
    );
  }
  assert.equal(store.collection("configmaps").changesSince(first.resourceVersion), undefined);
  assert.equal(store.collection("configmaps").listAt(first.resourceVersion), undefined);
  assert.equal(store.collection("configmaps").changesSince(store.resourceVersion - 1)?.length, 1);
  store.close();
});

test("a list that was handed out does not change under its reader", async () => {
  const store = new Store(undefined);
  await store.put("configmaps", "default/a", configMap("a", "1"));
  const list = store.collection("configmaps").list();
  await store.put("configmaps", "default/b", configMap("b", "1"));
  assert.equal(list.length, 1);
  assert.equal(store.collection("configmaps").list().length, 2);
  store.close();
});
