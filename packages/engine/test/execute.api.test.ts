/** Plans carried out against API servers: nothing twice, nothing of others, stop at the first failure, go on after a crash. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { applyAll, execute, finalizerPatch, type KubeAction, type Ports } from "@keelson/engine";
import { type ConfigMap, EventRecorder, isConflict, kinds, type Live, silentLogger } from "@keelson/kube";
import { apiServerMissing, startApiServer, type TestApiServer } from "@keelson/kube/testing";

const namespace = "execute";
const signal = AbortSignal.timeout(60_000);
const kind = "ConfigMap";

interface Promote {
  readonly type: "promote";
  readonly name: string;
}

for (const real of [false, true]) {
  describe(real ? "kube-apiserver" : "our API server", { skip: apiServerMissing({ real }) }, () => {
    let server: TestApiServer;
    let events: EventRecorder;
    const promoted: string[] = [];
    before(async () => {
      server = await startApiServer({ real });
      await server.client.create(kinds.Namespace, { metadata: { name: namespace } });
      events = new EventRecorder({ client: server.client, component: "test" });
    });
    after(() => server?.stop());

    const ref = (name: string) => ({ namespace, name });
    const object = (name: string, data: Record<string, string>): ConfigMap => ({
      apiVersion: "v1",
      kind,
      metadata: { namespace, name },
      data,
    });
    const live = (name: string) => server.client.get(kinds.ConfigMap, ref(name));
    /** What an informer would have, read before each run. */
    async function ports(...names: string[]): Promise<Ports> {
      const cache = new Map<string, Live>();
      for (const name of names) {
        const found = await live(name);
        if (found !== undefined) cache.set(name, found);
      }
      return {
        client: server.client,
        events,
        log: silentLogger,
        locate: (_, __, name) => ({ kind: kinds.ConfigMap, live: cache.get(name) }),
      };
    }
    async function run(actions: readonly (KubeAction | Promote)[], known: readonly string[] = []): Promise<void> {
      const metadata = { namespace, generateName: "about-" };
      const about = await server.client.create(kinds.ConfigMap, { metadata });
      const perform = async ({ name }: Promote): Promise<void> => {
        promoted.push(name);
      };
      await execute<Promote>(actions, perform, {
        about: { object: about, namespace },
        ports: await ports(...known),
        signal,
      });
    }

    test("objects are applied once, and again only after drift", async () => {
      const wanted = [object("a1", { x: "1" }), object("a2", { x: "1" })];
      const apply = async () => applyAll(wanted, await ports("a1", "a2"), signal);
      assert.equal(await apply(), 2);
      assert.equal(await apply(), 0);
      await server.client.patch(kinds.ConfigMap, ref("a1"), { type: "merge", body: { data: { x: "2" } } });
      assert.equal(await apply(), 1);
      assert.deepEqual((await live("a1"))?.data, { x: "1" });
    });

    test("one object that cannot be applied does not keep the others from it", async () => {
      const wanted = [object("NOT A NAME", {}), ...Array.from({ length: 20 }, (_, i) => object(`many-${i}`, {}))];
      await assert.rejects(applyAll(wanted, await ports(), signal));
      for (let i = 0; i < 20; i++) assert.ok((await live(`many-${i}`)) !== undefined);
    });

    test("a create leaves what is there alone, whether the informer knows it or not", async () => {
      await run([{ type: "create", object: object("b", { x: "1" }) }]);
      await run([{ type: "create", object: object("b", { x: "2" }) }]);
      await run([{ type: "create", object: object("b", { x: "3" }) }], ["b"]);
      assert.deepEqual((await live("b"))?.data, { x: "1" });
    });

    test("a delete of another incarnation is a conflict, of nothing is nothing", async () => {
      const { metadata } = await server.client.create(kinds.ConfigMap, object("c", {}));
      const other = "00000000-0000-0000-0000-000000000000";
      await assert.rejects(run([{ type: "delete", kind, name: "c", uid: other }]), isConflict);
      assert.ok((await live("c")) !== undefined);
      await run([{ type: "delete", kind, name: "c", uid: metadata.uid }]);
      assert.equal(await live("c"), undefined);
      await run([{ type: "delete", kind, name: "c", uid: metadata.uid }]);
    });

    test("annotations are set and removed, with a version only under that version", async () => {
      const made = await server.client.create(kinds.ConfigMap, object("d", {}));
      const annotate = (annotations: Record<string, string | null>, resourceVersion?: string): KubeAction => ({
        type: "annotate",
        kind,
        name: "d",
        annotations,
        resourceVersion,
      });
      await run([annotate({ one: "1", two: "2" }, made.metadata.resourceVersion)]);
      await assert.rejects(run([annotate({ one: null }, made.metadata.resourceVersion)]), isConflict);
      await run([annotate({ one: null })]);
      assert.deepEqual((await live("d"))?.metadata.annotations, { two: "2" });
    });

    test("the first failure ends the plan, and running it again finishes it", async () => {
      const actions = (middle: string): (KubeAction | Promote)[] => [
        { type: "create", object: object("e1", {}) },
        { type: "create", object: object(middle, {}) },
        { type: "promote", name: "e" },
      ];
      await assert.rejects(run(actions("NOT A NAME")));
      assert.deepEqual(promoted, []);
      await run(actions("e2"));
      assert.deepEqual(promoted, ["e"]);
    });

    test("a finalizer patch made from an old view fails instead of undoing others' changes", async () => {
      const old = await server.client.create(kinds.ConfigMap, object("f", {}));
      const patch = finalizerPatch(old, { add: ["keelson.dev/test"] });
      assert.ok(patch !== undefined);
      await server.client.patch(kinds.ConfigMap, ref("f"), { type: "merge", body: { data: { x: "1" } } });
      await assert.rejects(server.client.patch(kinds.ConfigMap, ref("f"), patch), isConflict);
      const fresh = await live("f");
      const again = fresh && finalizerPatch(fresh, { add: ["keelson.dev/test"] });
      assert.ok(again !== undefined);
      await server.client.patch(kinds.ConfigMap, ref("f"), again);
      assert.deepEqual((await live("f"))?.metadata.finalizers, ["keelson.dev/test"]);
    });
  });
}
