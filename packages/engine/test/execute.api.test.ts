/** Plans carried out against API servers: nothing twice, nothing of others, stop at the first failure, go on after a crash. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { execute, finalizerPatch, type Plan, plan } from "@keelson/engine";
import { type ConfigMap, isConflict, kinds } from "@keelson/kube";
import { apiServerMissing, startApiServer, type TestApiServer } from "@keelson/kube/testing";

const namespace = "execute";
const signal = AbortSignal.timeout(60_000);
const perform = async (): Promise<void> => {};

for (const real of [false, true]) {
  describe(real ? "kube-apiserver" : "our API server", { skip: apiServerMissing({ real }) }, () => {
    let server: TestApiServer;
    before(async () => {
      server = await startApiServer({ real });
      await server.client.create(kinds.Namespace, { metadata: { name: namespace } });
    });
    after(() => server?.stop());

    const ref = (name: string) => ({ namespace, name });
    const object = (name: string, data: Record<string, string>): ConfigMap => ({ metadata: { namespace, name }, data });
    const live = (name: string) => server.client.get(kinds.ConfigMap, ref(name));
    const run = (wanted: Plan) => execute(wanted, { client: server.client, perform }, signal);
    const applyPlan = async (name: string, data: Record<string, string>): Promise<Plan> =>
      plan({ actions: [{ type: "apply", kind: kinds.ConfigMap, object: object(name, data), live: await live(name) }] });

    test("an apply writes once, and again only after drift", async () => {
      assert.deepEqual(await run(await applyPlan("a", { x: "1" })), { done: true, changed: 1 });
      assert.deepEqual(await run(await applyPlan("a", { x: "1" })), { done: true, changed: 0 });
      await server.client.patch(kinds.ConfigMap, ref("a"), { type: "merge", body: { data: { x: "2" } } });
      assert.deepEqual(await run(await applyPlan("a", { x: "1" })), { done: true, changed: 1 });
      assert.deepEqual((await live("a"))?.data, { x: "1" });
    });

    test("a create leaves what is there alone", async () => {
      const create = (data: Record<string, string>): Plan =>
        plan({ actions: [{ type: "create", kind: kinds.ConfigMap, object: object("b", data) }] });
      assert.deepEqual(await run(create({ x: "1" })), { done: true, changed: 1 });
      assert.deepEqual(await run(create({ x: "2" })), { done: true, changed: 0 });
      assert.deepEqual((await live("b"))?.data, { x: "1" });
    });

    test("a delete of another incarnation is a conflict, of nothing is nothing", async () => {
      await server.client.create(kinds.ConfigMap, object("c", {}));
      const remove = (uid: string): Plan =>
        plan({ actions: [{ type: "delete", kind: kinds.ConfigMap, ref: ref("c"), uid }] });
      const other = await run(remove("00000000-0000-0000-0000-000000000000"));
      assert.ok(!other.done && isConflict(other.failure.cause), JSON.stringify(other));
      assert.match(other.failure.message, /^delete ConfigMap execute\/c: /);
      const seen = await live("c");
      assert.ok(seen !== undefined);
      assert.deepEqual(await run(remove(seen.metadata.uid)), { done: true, changed: 1 });
      assert.deepEqual(await run(remove(seen.metadata.uid)), { done: true, changed: 0 });
    });

    test("the first failure ends the plan, and running it again finishes it", async () => {
      const actions = (fail: boolean): Plan["actions"] => [
        { type: "create", kind: kinds.ConfigMap, object: object("d1", {}) },
        { type: "create", kind: kinds.ConfigMap, object: object(fail ? "NOT A NAME" : "d2", {}) },
        { type: "create", kind: kinds.ConfigMap, object: object("d3", {}) },
      ];
      const failed = await run(plan({ actions: actions(true) }));
      assert.ok(!failed.done && failed.changed === 1);
      assert.equal(await live("d3"), undefined);
      assert.deepEqual(await run(plan({ actions: actions(false) })), { done: true, changed: 2 });
    });

    test("a finalizer patch made from an old view fails instead of undoing others' changes", async () => {
      const old = await server.client.create(kinds.ConfigMap, object("e", {}));
      const patch = finalizerPatch(old, { add: ["keelson.dev/test"] });
      assert.ok(patch !== undefined);
      await server.client.patch(kinds.ConfigMap, ref("e"), { type: "merge", body: { data: { x: "1" } } });
      const stale = await run(plan({ actions: [{ type: "patch", kind: kinds.ConfigMap, ref: ref("e"), patch }] }));
      assert.ok(!stale.done && isConflict(stale.failure.cause));
      const fresh = await live("e");
      assert.ok(fresh !== undefined);
      const again = finalizerPatch(fresh, { add: ["keelson.dev/test"] });
      assert.ok(again !== undefined);
      await run(plan({ actions: [{ type: "patch", kind: kinds.ConfigMap, ref: ref("e"), patch: again }] }));
      assert.deepEqual((await live("e"))?.metadata.finalizers, ["keelson.dev/test"]);
    });
  });
}
