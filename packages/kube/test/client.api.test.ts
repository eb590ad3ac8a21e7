/** The client against API servers: every verb, on ours and on the real one. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import {
  ApiError,
  Client,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isInvalid,
  isNotFound,
  kinds,
} from "@keelson/kube";
import { apiServerMissing, startApiServer, type TestApiServer } from "@keelson/kube/testing";

for (const real of [false, true]) {
  describe(real ? "kube-apiserver" : "our API server", { skip: apiServerMissing({ real }) }, () => {
    let server: TestApiServer;
    const namespace = "client-test";
    before(async () => {
      server = await startApiServer({ real });
      await server.namespace(namespace);
    });
    after(() => server.stop());

    test("get answers undefined for what is not there", async () => {
      assert.equal(await server.client.get(kinds.ConfigMap, { namespace, name: "absent" }), undefined);
    });

    test("who names no namespace means the client's own", async () => {
      const { client } = server;
      const ref = { name: "unnamed" };
      const made = await client.create(kinds.ConfigMap, { metadata: ref });
      assert.equal(made.metadata.namespace, client.namespace);
      assert.equal((await client.get(kinds.ConfigMap, ref))?.metadata.uid, made.metadata.uid);
      assert.equal(await client.delete(kinds.ConfigMap, ref), true);
    });

    test("create, get, replace; a stale replace is a conflict", async () => {
      const { client } = server;
      const made = await client.create(kinds.ConfigMap, { metadata: { namespace, name: "crud" }, data: { a: "1" } });
      assert.equal(made.kind, "ConfigMap");
      assert.ok(made.metadata.uid.length > 0);
      await assert.rejects(client.create(kinds.ConfigMap, { metadata: { namespace, name: "crud" } }), isAlreadyExists);
      const replaced = await client.replace(kinds.ConfigMap, { ...made, data: { a: "2" } });
      assert.deepEqual(replaced.data, { a: "2" });
      await assert.rejects(client.replace(kinds.ConfigMap, { ...made, data: { a: "3" } }), isConflict);
      assert.deepEqual((await client.get(kinds.ConfigMap, { namespace, name: "crud" }))?.data, { a: "2" });
    });

    test("generateName, dry run, strict field validation", async () => {
      const { client } = server;
      const made = await client.create(kinds.ConfigMap, { metadata: { namespace, generateName: "gen-" } });
      assert.match(made.metadata.name, /^gen-.{5}$/);
      await client.create(kinds.ConfigMap, { metadata: { namespace, name: "dry" } }, { dryRun: true });
      assert.equal(await client.get(kinds.ConfigMap, { namespace, name: "dry" }), undefined);
      const typo = { metadata: { namespace, name: "typo" }, dta: { a: "1" } };
      await assert.rejects(
        client.create(kinds.ConfigMap, typo, { fieldValidation: "Strict" }),
        (error) => error instanceof ApiError && error.status === 400 && error.message.includes("dta"),
      );
    });

    test("apply owns its fields: what it stops mentioning goes, what others own stays", async () => {
      const { client } = server;
      const object = (data: Record<string, string>) => ({ metadata: { namespace, name: "applied" }, data });
      await client.apply(kinds.ConfigMap, object({ a: "1", b: "1" }), { fieldManager: "one" });
      await client.apply(kinds.ConfigMap, object({ c: "1" }), { fieldManager: "two" });
      const merged = await client.apply(kinds.ConfigMap, object({ a: "2" }), { fieldManager: "one" });
      assert.deepEqual(merged.data, { a: "2", c: "1" });
      await assert.rejects(
        client.apply(kinds.ConfigMap, object({ a: "3" }), { fieldManager: "two", force: false }),
        isConflict,
      );
      const same = await client.apply(kinds.ConfigMap, object({ a: "2" }), { fieldManager: "one" });
      assert.equal(same.metadata.resourceVersion, merged.metadata.resourceVersion);
    });

    test("the three patches", async () => {
      const { client } = server;
      const ref = { namespace, name: "patched" };
      await client.create(kinds.ConfigMap, { metadata: ref, data: { a: "1", b: "1" } });
      const merge = await client.patch(kinds.ConfigMap, ref, { type: "merge", body: { data: { a: null, c: "1" } } });
      assert.deepEqual(merge.data, { b: "1", c: "1" });
      const operations = [{ op: "replace", path: "/data/b", value: "2" }];
      const json = await client.patch(kinds.ConfigMap, ref, { type: "json", body: operations });
      assert.deepEqual(json.data, { b: "2", c: "1" });
      const strategic = { metadata: { finalizers: ["example.com/a"] } };
      const strategicLive = await client.patch(kinds.ConfigMap, ref, { type: "strategic", body: strategic });
      assert.deepEqual(strategicLive.metadata.finalizers, ["example.com/a"]);
      await client.patch(kinds.ConfigMap, ref, { type: "merge", body: { metadata: { finalizers: null } } });
    });

    test("status is a world of its own", async () => {
      const { client } = server;
      const claim = await client.create(kinds.PersistentVolumeClaim, {
        metadata: { namespace, name: "claim" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      });
      const bound = await client.replaceStatus(kinds.PersistentVolumeClaim, {
        ...claim,
        spec: {},
        status: { phase: "Bound" },
      });
      assert.equal(bound.status?.phase, "Bound");
      assert.equal(bound.spec?.resources?.requests?.["storage"], "1Gi");
    });

    test("delete: preconditions, finalizers, absence", async () => {
      const { client } = server;
      const ref = { namespace, name: "deleted" };
      const made = await client.create(kinds.ConfigMap, { metadata: { ...ref, finalizers: ["example.com/hold"] } });
      await assert.rejects(client.delete(kinds.ConfigMap, ref, { uid: crypto.randomUUID() }), isConflict);
      assert.equal(await client.delete(kinds.ConfigMap, ref, { uid: made.metadata.uid }), true);
      const going = await client.get(kinds.ConfigMap, ref);
      assert.ok(going?.metadata.deletionTimestamp);
      await client.patch(kinds.ConfigMap, ref, { type: "merge", body: { metadata: { finalizers: null } } });
      assert.equal(await client.get(kinds.ConfigMap, ref), undefined);
      assert.equal(await client.delete(kinds.ConfigMap, ref), false);
    });

    test("list pages through everything at one version; selectors; deleteCollection", async () => {
      const { client } = server;
      const labels = { set: "pages" };
      const names = Array.from({ length: 25 }, (_, i) => `page-${String(i).padStart(2, "0")}`);
      await Promise.all(names.map((name) => client.create(kinds.ConfigMap, { metadata: { namespace, name, labels } })));
      const { items, resourceVersion } = await client.list(kinds.ConfigMap, {
        namespace,
        labelSelector: labels,
        pageSize: 10,
      });
      assert.deepEqual(items.map((item) => item.metadata.name).sort(), names);
      assert.ok(items.every((item) => item.kind === "ConfigMap" && item.apiVersion === "v1"));
      assert.ok(Number(resourceVersion) > 0);
      const one = await client.list(kinds.ConfigMap, { namespace, fieldSelector: "metadata.name=page-07" });
      assert.deepEqual(
        one.items.map((item) => item.metadata.name),
        ["page-07"],
      );
      await client.deleteCollection(kinds.ConfigMap, { namespace, labelSelector: labels });
      assert.equal((await client.list(kinds.ConfigMap, { namespace, labelSelector: labels })).items.length, 0);
    });

    test("watch delivers what happens after a version, in order", async () => {
      const { client } = server;
      const labels = { set: "watched" };
      const { resourceVersion } = await client.list(kinds.ConfigMap, { namespace });
      const stop = new AbortController();
      const events = client.watch(kinds.ConfigMap, {
        namespace,
        labelSelector: labels,
        resourceVersion,
        signal: stop.signal,
      });
      const ref = { namespace, name: "watched" };
      const made = await client.create(kinds.ConfigMap, { metadata: { ...ref, labels } });
      await client.patch(kinds.ConfigMap, ref, { type: "merge", body: { data: { a: "1" } } });
      await client.delete(kinds.ConfigMap, ref);
      const seen: string[] = [];
      for await (const event of events) {
        seen.push(event.type);
        if (event.type === "DELETED") break;
      }
      assert.deepEqual(seen, ["ADDED", "MODIFIED", "DELETED"]);
      assert.ok(made.metadata.name);
    });

    test("an aborted watch ends with the signal's reason", async () => {
      const stop = new AbortController();
      const reason = new Error("enough");
      const events = server.client.watch(kinds.ConfigMap, { namespace, resourceVersion: "0", signal: stop.signal });
      setTimeout(() => stop.abort(reason), 20);
      await assert.rejects(
        async () => {
          for await (const _ of events);
        },
        (error) => error === reason,
      );
    });

    test("scale", async () => {
      const { client } = server;
      const ref = { namespace, name: "scaled" };
      const labels = { app: "scaled" };
      await client.create(kinds.Deployment, {
        metadata: ref,
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: "a", image: "a" }] } },
        },
      });
      await client.patch(
        kinds.Deployment,
        ref,
        { type: "merge", body: { spec: { replicas: 3 } } },
        { subresource: "scale" },
      );
      assert.equal((await client.get(kinds.Deployment, ref))?.spec?.replicas, 3);
    });

    test("tokens of service accounts, with which one can sign in", async () => {
      const { client } = server;
      await client.create(kinds.ServiceAccount, { metadata: { namespace, name: "robot" } });
      const { token, expirationTimestamp } = await client.createToken(
        { namespace, name: "robot" },
        { audiences: [], expirationSeconds: 600 },
      );
      assert.ok(Date.parse(expirationTimestamp) > Date.now() + 500_000);
      const review = await client.create(kinds.TokenReview, { metadata: {}, spec: { token } });
      assert.equal(review.status?.user?.username, `system:serviceaccount:${namespace}:robot`);
    });

    test("eviction deletes a pod", async () => {
      const { client } = server;
      const ref = { namespace, name: "evicted" };
      await client.create(kinds.Pod, { metadata: ref, spec: { containers: [{ name: "a", image: "a" }] } });
      await client.evict(ref);
      assert.equal(await client.get(kinds.Pod, ref), undefined);
    });

    test("errors carry status, reason and details", async () => {
      const { client } = server;
      const bad = { metadata: { namespace, name: "Bad_Name" } };
      await assert.rejects(client.create(kinds.ConfigMap, bad), (error) => {
        assert.ok(error instanceof ApiError);
        assert.ok(isInvalid(error));
        assert.equal(error.details?.causes?.[0]?.field, "metadata.name");
        return true;
      });
      await assert.rejects(
        client.patch(kinds.ConfigMap, { namespace, name: "absent" }, { type: "merge", body: {} }),
        isNotFound,
      );
    });

    test("credentials from a program that the kubeconfig names", async () => {
      const { client } = server;
      await client.create(kinds.ServiceAccount, { metadata: { namespace, name: "plugged" } });
      const { token } = await client.createToken({ namespace, name: "plugged" }, { audiences: [] });
      const credential = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token } };
      const answer = join(server.folder, "credential.json");
      writeFileSync(answer, JSON.stringify(credential));
      const exec = {
        apiVersion: "client.authentication.k8s.io/v1",
        command: "cat",
        args: [answer],
        interactiveMode: "Never",
      };
      const users = [{ name: "plugged", user: { exec } }];
      const contexts = [{ name: "plugged", context: { cluster: "keelson", user: "plugged", namespace: "mine" } }];
      const file = join(server.folder, "plugged.kubeconfig");
      writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "Config", users, contexts }));
      const plugged = await Client.load({ kubeconfig: [file, server.kubeconfig].join(delimiter), context: "plugged" });
      try {
        assert.equal(plugged.namespace, "mine");
        await assert.rejects(plugged.list(kinds.Secret), (error) => {
          assert.ok(isForbidden(error));
          assert.match(String(error), /system:serviceaccount:client-test:plugged/);
          return true;
        });
      } finally {
        await plugged.close();
      }
    });

    test("over the server's unix socket, with TLS", { skip: real && "kube-apiserver has none" }, async () => {
      const socketPath = join(server.folder, "apiserver.sock");
      const local = await Client.load({ kubeconfig: server.kubeconfig, socketPath });
      try {
        assert.ok(await local.get(kinds.Namespace, { name: namespace }));
        await assert.rejects(local.exec({ namespace, pod: "absent", command: ["true"] }), isNotFound);
      } finally {
        await local.close();
      }
    });

    test("exec in a pod without a node says why not; its log is empty", async () => {
      const { client } = server;
      const ref = { namespace, name: "nowhere" };
      await client.create(kinds.Pod, { metadata: ref, spec: { containers: [{ name: "a", image: "a" }] } });
      assert.equal((await buffer(await client.logs(ref))).length, 0);
      await assert.rejects(client.exec({ namespace, pod: "nowhere", command: ["true"] }), ApiError);
      await assert.rejects(client.exec({ namespace, pod: "absent", command: ["true"] }), isNotFound);
    });
  });
}
