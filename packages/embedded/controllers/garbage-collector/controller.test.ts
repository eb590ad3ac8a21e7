import assert from "node:assert/strict";
import { test } from "node:test";
import { type Kind, kinds, silentLogger } from "@keelson/kube";
import { until } from "@keelson/kube/testing";
import type { Entry, Inventory } from "../inventory/inventory.ts";
import type { Runtime } from "../runtime.ts";
import { garbageCollector } from "./controller.ts";

test("what is owned by an object of a kind that goes with it is deleted, though nobody can be asked about the owner any more", async () => {
  const owner = { apiVersion: "gc.test/v1", kind: "Thing", name: "b", uid: "owner" };
  const dependent = {
    metadata: { namespace: "ns", name: "map", uid: "map", resourceVersion: "1", ownerReferences: [owner] },
  } as unknown as Entry["object"];
  let tell: Parameters<Inventory["subscribe"]>[0] = () => {};
  const inventory: Partial<Inventory> = {
    ready: Promise.resolve(),
    subscribe: (listener) => {
      tell = listener;
      return () => {};
    },
    dependents: (uid) => (uid === "owner" ? [{ kind: kinds.ConfigMap, object: dependent }] : []),
    get: () => dependent,
    kindById: () => kinds.ConfigMap,
    // The kind of the owner is not served any more when the collector gets to its dependent.
    kindOf: () => undefined,
  };
  const deleted: unknown[] = [];
  const client = { delete: async (kind: Kind, ref: { name: string }) => deleted.push([kind.kind, ref.name]) };
  const runtime = { client, logger: silentLogger } as unknown as Runtime;
  const stop = new AbortController();
  const running = garbageCollector(runtime, inventory as Inventory).run(stop.signal);
  const thing = { metadata: { namespace: "ns", name: "b", uid: "owner" } } as unknown as Entry["object"];
  tell(kinds.ConfigMap, { type: "deleted", object: thing });
  await until("the dependent is deleted", () => deleted.length > 0);
  assert.deepEqual(deleted, [["ConfigMap", "map"]]);
  stop.abort();
  await running;
});
