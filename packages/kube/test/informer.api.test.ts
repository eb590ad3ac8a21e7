/** Informers against API servers, with everything that goes wrong between them. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  type Change,
  Client,
  type ConfigMap,
  HttpTransport,
  Informer,
  keyOf,
  kinds,
  loadCredentials,
} from "@keelson/kube";
import {
  apiServerMissing,
  type Fault,
  FaultyTransport,
  startApiServer,
  type TestApiServer,
  until,
} from "@keelson/kube/testing";

const namespace = "informer-test";

for (const real of [false, true]) {
  describe(real ? "kube-apiserver" : "our API server", { skip: apiServerMissing({ real }) }, () => {
    let server: TestApiServer;
    before(async () => {
      server = await startApiServer({ real });
      await server.namespace(namespace);
    });
    after(() => server.stop());

    /** An informer of ConfigMaps with a label, behind a transport that can fail. */
    async function watched(set: string) {
      const transport = new FaultyTransport(
        new HttpTransport(await loadCredentials({ kubeconfig: server.kubeconfig })),
      );
      const client = new Client(transport);
      const stop = new AbortController();
      const informer = new Informer<ConfigMap>({
        client,
        kind: kinds.ConfigMap,
        selection: { namespace, labelSelector: { set } },
        indexes: { color: (object) => (object.data?.["color"] === undefined ? [] : [object.data["color"]]) },
      });
      const changes: Change<ConfigMap>[] = [];
      informer.subscribe((change) => changes.push(change));
      return {
        transport,
        client,
        informer,
        changes,
        start: () => void informer.start(stop.signal),
        [Symbol.asyncDispose]: async () => {
          stop.abort();
          await client.close();
        },
      };
    }

    const configMap = (set: string, name: string, data: Record<string, string> = {}) => ({
      metadata: { namespace, name: `${set}-${name}`, labels: { set } },
      data,
    });

    /** The copy is what the server has. */
    async function assertEqualToServer(informer: Informer<ConfigMap>, set: string) {
      await until(
        "the copy equals the server",
        async () => {
          const { items } = await server.client.list(kinds.ConfigMap, { namespace, labelSelector: { set } });
          const versions = (objects: readonly { metadata: { name: string; resourceVersion: string } }[]) =>
            objects
              .map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`)
              .sort()
              .join();
          return versions(items) === versions(informer.list());
        },
        { state: () => informer.keys() },
      );
    }

    test("starts with the state, follows changes, keeps indexes, drops managedFields", async () => {
      const set = "follow";
      await server.client.create(kinds.ConfigMap, configMap(set, "a", { color: "red" }));
      await using w = await watched(set);
      w.start();
      await w.informer.synced();
      const a = w.informer.get({ namespace, name: `${set}-a` });
      assert.equal(a?.metadata.managedFields, undefined);
      assert.deepEqual(
        w.changes.map(({ type }) => type),
        ["added"],
      );
      await server.client.create(kinds.ConfigMap, configMap(set, "b", { color: "red" }));
      await until("b is there", () => w.informer.byIndex("color", "red").length === 2);
      await server.client.patch(
        kinds.ConfigMap,
        { namespace, name: `${set}-a` },
        { type: "merge", body: { data: { color: "blue" } } },
      );
      await until("a is blue", () => w.informer.byIndex("color", "blue").length === 1);
      assert.deepEqual(w.informer.byIndex("color", "red").map(keyOf), [`${namespace}/${set}-b`]);
      await server.client.delete(kinds.ConfigMap, { namespace, name: `${set}-a` });
      await until("a is gone", () => w.informer.size === 1);
      assert.deepEqual(
        w.changes.map(({ type }) => type),
        ["added", "added", "updated", "deleted"],
      );
    });

    test("a broken watch resumes without listing again and loses nothing", async () => {
      const set = "broken";
      await using w = await watched(set);
      await server.client.create(kinds.ConfigMap, configMap(set, "before"));
      w.start();
      await w.informer.synced();
      w.transport.requests.length = 0;
      await until("the watch is open", () => w.transport.openStreams === 1);
      w.transport.breakStreams();
      await server.client.create(kinds.ConfigMap, configMap(set, "during"));
      await until("the change arrives", () => w.informer.size === 2);
      const listing = w.transport.requests.filter(
        (r) => r.query?.["watch"] !== true || r.query["sendInitialEvents"] === true,
      );
      assert.equal(listing.length, 0);
      await assertEqualToServer(w.informer, set);
    });

    test("410 leads to a new list; what was deleted meanwhile is reported deleted", async () => {
      const set = "expired";
      await using w = await watched(set);
      await server.client.create(kinds.ConfigMap, configMap(set, "stays"));
      await server.client.create(kinds.ConfigMap, configMap(set, "goes"));
      w.start();
      await w.informer.synced();
      let expired = 0;
      w.transport.fault = (request) => {
        if (request.streaming !== true || request.query?.["resourceVersion"] === undefined) return undefined;
        expired++;
        return { type: "answer", status: 410, reason: "Expired" };
      };
      await until("the watch is open", () => w.transport.openStreams === 1);
      w.transport.breakStreams();
      await server.client.delete(kinds.ConfigMap, { namespace, name: `${set}-goes` });
      await until("the deletion is seen", () => w.informer.size === 1);
      assert.ok(expired > 0);
      assert.equal(w.changes.at(-1)?.type, "deleted");
      w.transport.fault = () => undefined;
      await assertEqualToServer(w.informer, set);
    });

    test("a 410 at the end of an outage does not prolong it", async () => {
      const set = "outage";
      await using w = await watched(set);
      await server.client.create(kinds.ConfigMap, configMap(set, "a"));
      w.start();
      await w.informer.synced();
      await until("the watch is open", () => w.transport.openStreams === 1);
      const faults: Fault[] = [
        ...Array<Fault>(10).fill({ type: "refuse" }),
        { type: "answer", status: 410, reason: "Expired" },
      ];
      w.transport.fault = () => faults.shift();
      w.transport.breakStreams();
      await until("the outage is noticed", () => w.informer.error !== undefined);
      await server.client.create(kinds.ConfigMap, configMap(set, "b"));
      await until("the 410 is answered", () => faults.length === 0, { timeoutMs: 20_000 });
      await until("the change is there", () => w.informer.size === 2, { timeoutMs: 3_000 });
      assert.equal(w.informer.error, undefined);
    });

    test("falls back to list and watch where initial events are not served", async () => {
      const set = "fallback";
      await using w = await watched(set);
      w.transport.fault = (request) =>
        request.query?.["sendInitialEvents"] === true ? { type: "answer", status: 422, reason: "Invalid" } : undefined;
      await server.client.create(kinds.ConfigMap, configMap(set, "a"));
      w.start();
      await w.informer.synced();
      assert.equal(w.informer.size, 1);
      await server.client.create(kinds.ConfigMap, configMap(set, "b"));
      await until("b is there", () => w.informer.size === 2);
    });

    test("comes through refusals, 429, 500, cut answers and slowness", async () => {
      const set = "storm";
      await using w = await watched(set);
      let n = 0;
      w.transport.fault = () => {
        const faults = [
          { type: "refuse" },
          { type: "answer", status: 429, retryAfterSeconds: 0 },
          { type: "answer", status: 500 },
          { type: "cut", bytes: 100 },
          { type: "delay", ms: 50 },
        ] as const;
        return faults[n++];
      };
      await server.client.create(kinds.ConfigMap, configMap(set, "a"));
      w.start();
      await until("the copy is complete", () => w.informer.hasSynced, { timeoutMs: 20_000 });
      await server.client.create(kinds.ConfigMap, configMap(set, "b"));
      await until("b is there", () => w.informer.size === 2);
    });

    test("reads its own writes at once and never goes back", async () => {
      const set = "own";
      await using w = await watched(set);
      w.start();
      await w.informer.synced();
      const key = `${namespace}/${set}-a`;
      const seen: number[] = [];
      w.informer.subscribe(({ type, object }) => {
        if (type !== "deleted") seen.push(Number(object.metadata.resourceVersion));
      });
      let live = await w.client.create(kinds.ConfigMap, configMap(set, "a", { n: "0" }));
      for (let n = 1; n <= 20; n++) {
        assert.equal(w.informer.get(key)?.metadata.resourceVersion, live.metadata.resourceVersion);
        live = await w.client.replace(kinds.ConfigMap, { ...live, data: { n: String(n) } });
        assert.equal(w.informer.get(key)?.data?.["n"], String(n));
      }
      await w.client.delete(kinds.ConfigMap, { namespace, name: `${set}-a` });
      assert.equal(w.informer.get(key), undefined);
      // A marker after it all: when the watch has delivered that, all before it has passed.
      await server.client.create(kinds.ConfigMap, configMap(set, "marker"));
      await until("the watch has caught up", () => w.informer.size === 1);
      assert.equal(w.informer.get(key), undefined);
      assert.deepEqual(
        seen,
        [...seen].sort((a, b) => a - b),
        "versions only grow",
      );
      assert.equal(new Set(seen).size, seen.length, "no echo");
    });

    test("a list of thousands does not block the event loop", async () => {
      const set = "big";
      const count = 2_000;
      for (let i = 0; i < count; i += 50) {
        const some = Array.from({ length: 50 }, (_, j) => configMap(set, String(i + j), { text: "x".repeat(1_000) }));
        await Promise.all(some.map((object) => server.client.create(kinds.ConfigMap, object)));
      }
      /** Milliseconds of this thread's longest turn while a list comes in: what other processes do does not count. */
      const longestTurn = async (streaming: boolean): Promise<number> => {
        await using w = await watched(set);
        if (!streaming) {
          w.transport.fault = (r) =>
            r.query?.["sendInitialEvents"] === true ? { type: "answer", status: 422 } : undefined;
        }
        let longest = 0;
        let last = process.threadCpuUsage();
        const timer = setInterval(() => {
          const { user, system } = process.threadCpuUsage(last);
          longest = Math.max(longest, (user + system) / 1_000);
          last = process.threadCpuUsage();
        }, 1);
        w.start();
        await w.informer.synced();
        clearInterval(timer);
        assert.equal(w.informer.size, count);
        return longest;
      };
      for (const streaming of [true, false]) {
        // What blocks does so each time; garbage is collected, and code compiled, now and then.
        const turns = [await longestTurn(streaming), await longestTurn(streaming), await longestTurn(streaming)];
        // The slice is 5 ms.
        assert.ok(Math.min(...turns) < 40, `blocked for ${turns.join(", ")} ms`);
      }
    });

    test("survives a restart of the server", async () => {
      const set = "restart";
      await using w = await watched(set);
      await server.client.create(kinds.ConfigMap, configMap(set, "before"));
      w.start();
      await w.informer.synced();
      await server.kill("SIGKILL");
      await server.start();
      await server.client.create(kinds.ConfigMap, configMap(set, "after"));
      await until("the change arrives", () => w.informer.size === 2, { timeoutMs: 15_000 });
      await assertEqualToServer(w.informer, set);
      assert.equal(w.changes.filter(({ type }) => type === "deleted").length, 0);
    });
  });
}
