/** What goes over the wire: lists, watches, versions, preconditions, and all that Patroni relies on. Ours and the real one. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { apiServerMissing, startApiServer, type TestApiServer } from "@keelson/kube/testing";
import { RawClient } from "../testing/raw-client.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const endpoints = "/api/v1/namespaces/default/endpoints";
const json = { "Content-Type": "application/json" };
const merge = { "Content-Type": "application/merge-patch+json" };
const strategic = { "Content-Type": "application/strategic-merge-patch+json" };

for (const real of [false, true]) {
  describe(real ? "kube-apiserver" : "our API server", { skip: apiServerMissing({ real }), timeout: 120_000 }, () => {
    let server: TestApiServer;
    let client: RawClient;
    const create = (name: string, more: object = {}) =>
      client.send("POST", maps, { metadata: { name }, ...more }, json);

    before(async () => {
      server = await startApiServer({ real });
      client = new RawClient(server.kubeconfig);
    });
    after(async () => {
      client?.close();
      await server?.stop();
    });

    test("POST without apiVersion, kind and Content-Type makes an object of the path's kind", async () => {
      const made = await client.send("POST", endpoints, { metadata: { name: "demo", annotations: { leader: "a" } } });
      assert.equal(made.code, 201);
      assert.equal(made.json.kind, "Endpoints");
      assert.match(made.json.metadata.resourceVersion, /^\d+$/);
      const again = await client.send("POST", endpoints, { metadata: { name: "demo" } });
      assert.deepEqual([again.code, again.json.reason], [409, "AlreadyExists"]);
    });

    test("a strategic patch locks by resourceVersion, replaces subsets whole and deletes with null", async () => {
      const subsets = [{ addresses: [{ ip: "10.1.1.1" }], ports: [{ port: 5432, name: "postgresql" }] }];
      const first = await client.send(
        "PATCH",
        `${endpoints}/demo`,
        { subsets, metadata: { annotations: { leader: "b", ttl: "30" } } },
        strategic,
      );
      assert.equal(first.code, 200);
      const { resourceVersion } = first.json.metadata;
      const stale = { metadata: { resourceVersion: "1", annotations: { leader: "c" } } };
      const refused = await client.send("PATCH", `${endpoints}/demo`, stale, strategic);
      assert.deepEqual([refused.code, refused.json.reason], [409, "Conflict"]);
      const next = await client.send(
        "PATCH",
        `${endpoints}/demo`,
        { subsets: [], metadata: { resourceVersion, annotations: { ttl: null } } },
        strategic,
      );
      assert.equal(next.code, 200);
      assert.deepEqual(next.json.metadata.annotations, { leader: "b" });
      assert.equal(next.json.subsets?.length ?? 0, 0);
      assert.ok(Number(next.json.metadata.resourceVersion) > Number(resourceVersion));
    });

    test("list items of built-in kinds carry no kind, objects of a watch do", async () => {
      const list = await client.send("GET", endpoints);
      assert.equal(list.json.kind, "EndpointsList");
      assert.equal(list.json.items[0]?.kind, undefined);
      const watch = await client.watch(`${endpoints}?watch=True&resourceVersion=${list.json.metadata.resourceVersion}`);
      assert.equal(watch.headers["transfer-encoding"], "chunked");
      await client.send("PATCH", `${endpoints}/demo`, { metadata: { labels: { a: "b" } } }, strategic);
      const removed = client.send("DELETE", `${endpoints}/demo`);
      const [changed, gone] = await watch.take(2);
      assert.deepEqual([changed?.type, changed?.object.kind], ["MODIFIED", "Endpoints"]);
      assert.equal(gone?.type, "DELETED");
      assert.ok(Number(gone?.object.metadata.resourceVersion) > Number(changed?.object.metadata.resourceVersion));
      assert.equal((await removed).code, 200);
      watch.close();
    });

    test("a watch from version 0, or from none, begins with what there is", async () => {
      await create("first");
      // Without a version a real server asks etcd how far it is, which etcd 3.4 does not say.
      for (const query of real ? ["&resourceVersion=0"] : ["", "&resourceVersion=0"]) {
        const watch = await client.watch(`${maps}?watch=1&fieldSelector=metadata.name=first${query}`);
        const event = await watch.next();
        assert.deepEqual([event?.type, event?.object.metadata.name], ["ADDED", "first"]);
        watch.close();
      }
    });

    test("a selector turns changes into additions and removals", async () => {
      const { json: made } = await create("chosen", { data: { a: "1" } });
      const watch = await client.watch(
        `${maps}?watch=1&labelSelector=on&resourceVersion=${made.metadata.resourceVersion}`,
      );
      await client.send("PATCH", `${maps}/chosen`, { metadata: { labels: { on: "x" } } }, merge);
      await client.send("PATCH", `${maps}/chosen`, { data: { a: "2" } }, merge);
      await client.send("PATCH", `${maps}/chosen`, { metadata: { labels: { on: null } }, data: { a: "3" } }, merge);
      const events = await watch.take(3);
      assert.deepEqual(
        events.map((e) => [e.type, e.object.data?.["a"]]),
        [
          ["ADDED", "1"],
          ["MODIFIED", "2"],
          ["DELETED", "2"],
        ],
      );
      watch.close();
    });

    const noProgress = real ? "needs an etcd that reports its progress" : false;
    test("sendInitialEvents ends the list with a marked bookmark", { skip: noProgress }, async () => {
      const query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
      const watch = await client.watch(`${maps}?${query}&fieldSelector=metadata.name=first`);
      const [added, mark] = await watch.take(2);
      assert.equal(added?.type, "ADDED");
      assert.equal(mark?.type, "BOOKMARK");
      assert.equal(mark?.object.metadata.annotations?.["k8s.io/initial-events-end"], "true");
      watch.close();
      const wrong = await client.send("GET", `${maps}?watch=1&sendInitialEvents=true`);
      assert.equal(wrong.code, 422);
    });

    test("a watch ends when its time is over", async () => {
      const watch = await client.watch(
        `${maps}?watch=1&timeoutSeconds=1&resourceVersion=0&fieldSelector=metadata.name=none`,
      );
      assert.equal(await watch.next(), undefined);
    });

    test("a version from the future is waited for and then refused", async () => {
      const answer = await client.send("GET", `${maps}?resourceVersion=999999999&resourceVersionMatch=NotOlderThan`);
      assert.equal(answer.code, 504);
      assert.match(answer.json.message ?? "", /Too large resource version/);
    });

    test("a list in pieces is one consistent list", async () => {
      for (const name of ["p1", "p2", "p3", "p4", "p5"])
        await create(name, { metadata: { name, labels: { pieces: "yes" } } });
      const first = await client.send("GET", `${maps}?limit=2&labelSelector=pieces`);
      assert.deepEqual(
        first.json.items.map((i) => i.metadata.name),
        ["p1", "p2"],
      );
      await client.send("DELETE", `${maps}/p4`);
      await create("p2b", { metadata: { name: "p2b", labels: { pieces: "yes" } } });
      const rest = await client.send(
        "GET",
        `${maps}?limit=9&labelSelector=pieces&continue=${first.json.metadata.continue}`,
      );
      assert.deepEqual(
        rest.json.items.map((i) => i.metadata.name),
        ["p3", "p4", "p5"],
      );
      assert.equal(rest.json.metadata.resourceVersion, first.json.metadata.resourceVersion);
      assert.equal(rest.json.metadata.continue, undefined);
      const broken = await client.send("GET", `${maps}?limit=2&continue=nonsense`);
      assert.equal(broken.code, 400);
    });

    test("an exact version is answered as it was, or not at all", async () => {
      const { json: old } = await create("exact", { data: { a: "old" } });
      const { resourceVersion } = old.metadata;
      await client.send("PATCH", `${maps}/exact`, { data: { a: "new" } }, merge);
      await create("later");
      const then = `${maps}?resourceVersion=${resourceVersion}`;
      for (const query of [`${then}&resourceVersionMatch=Exact`, `${then}&limit=500`]) {
        const { json: list } = await client.send("GET", query);
        assert.equal(list.metadata.resourceVersion, resourceVersion, query);
        const shown = list.items.filter(({ metadata }) => ["exact", "later"].includes(metadata.name));
        assert.deepEqual(
          shown.map(({ metadata, data }) => [metadata.name, metadata.resourceVersion, data?.["a"]]),
          [["exact", resourceVersion, "old"]],
          query,
        );
      }
      const { json: fresh } = await client.send("GET", `${then}&resourceVersionMatch=NotOlderThan&limit=500`);
      assert.ok(fresh.items.some(({ metadata }) => metadata.name === "later"));
      const first = await client.send("GET", `${then}&resourceVersionMatch=Exact&limit=1`);
      const rest = await client.send("GET", `${maps}?limit=500&continue=${first.json.metadata.continue}`);
      assert.equal(rest.json.metadata.resourceVersion, resourceVersion);
      assert.ok(!rest.json.items.some(({ metadata }) => metadata.name === "later"));
    });

    test("preconditions of a delete", async () => {
      const { json: made } = await create("guarded");
      const body = (preconditions: object) => ({ kind: "DeleteOptions", apiVersion: "v1", preconditions });
      const wrong = await client.send("DELETE", `${maps}/guarded`, body({ uid: "other" }), json);
      assert.deepEqual([wrong.code, wrong.json.reason], [409, "Conflict"]);
      const old = await client.send("DELETE", `${maps}/guarded`, body({ resourceVersion: "1" }), json);
      assert.equal(old.code, 409);
      const right = await client.send("DELETE", `${maps}/guarded`, body({ uid: made.metadata.uid }), json);
      assert.equal(right.code, 200);
      assert.equal(right.json.kind, "Status");
    });

    test("an update that changes nothing keeps its version", async () => {
      const { json: made } = await create("same", { data: { a: "b" } });
      const answer = await client.send("PUT", `${maps}/same`, { metadata: { name: "same" }, data: { a: "b" } }, json);
      assert.equal(answer.code, 200);
      assert.equal(answer.json.metadata.resourceVersion, made.metadata.resourceVersion);
    });

    test("what cannot be understood is refused in Kubernetes' way", async () => {
      const cases: readonly (readonly [
        method: string,
        path: string,
        body: unknown,
        headers: Record<string, string>,
        code: number,
      ])[] = [
        ["POST", maps, "{not json", json, 400],
        ["POST", maps, { metadata: { name: "x" } }, { "Content-Type": "text/plain" }, 415],
        ["GET", maps, undefined, { Accept: "image/png" }, 406],
        ["PATCH", `${maps}/first`, {}, { "Content-Type": "application/json" }, 415],
        ["PUT", `${maps}/first`, { metadata: { name: "other" } }, json, 400],
        ["POST", maps, { kind: "Secret", apiVersion: "v1", metadata: { name: "x" } }, json, 400],
        ["POST", maps, { metadata: { name: "x", namespace: "kube-system" } }, json, 400],
        ["DELETE", "/api/v1/namespaces/default", undefined, {}, 403],
        ["POST", `${maps}/first`, {}, json, 405],
        ["GET", `${maps}?limit=x`, undefined, {}, 400],
        ["GET", `${maps}?resourceVersion=x`, undefined, {}, 400],
      ];
      for (const [method, path, body, headers, code] of cases) {
        const answer = await client.send(method, path, body, headers);
        assert.equal(answer.code, code, `${method} ${path}: ${answer.text}`);
      }
    });

    test("what a path asks for is served at its own place and with its own verbs only", async () => {
      await create("placed");
      await client.send("POST", endpoints, { metadata: { name: "own" } });
      const account = "/api/v1/namespaces/default/serviceaccounts/placed";
      await client.send("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "placed" } });
      const token = { kind: "TokenRequest", apiVersion: "authentication.k8s.io/v1", spec: {} };
      const loopback = {
        metadata: { name: "own" },
        subsets: [{ addresses: [{ ip: "127.0.0.1" }], ports: [{ port: 1 }] }],
      };
      const cases: readonly (readonly [method: string, path: string, code: number, body?: unknown])[] = [
        ["GET", "/api/v1/namespaces/default/namespaces/kube-system", 404],
        ["DELETE", "/api/v1/namespaces/default/namespaces/kube-system", 404],
        ["GET", "/api/v1/namespaces/default/namespaces", 404],
        ["GET", "/api/v1/namespaces/default/nodes", 404],
        ["GET", `${maps}/..%2Fconfigmaps%2Fplaced`, 404],
        ["GET", `${account}/token`, 405],
        ["PUT", `${account}/token`, 405, token],
        ["POST", `${account}/token`, 201, token],
        ["GET", "/api/v1/namespaces/default/pods/none/eviction", 405],
        ["GET", "/api/v1/namespaces/default/pods/none/binding", 405],
        ["DELETE", "/api/v1/namespaces/default/pods/none/status", 405],
        ["POST", "/api/v1/namespaces/default/pods/none/log", 405],
        ["GET", "/api/v1/namespaces/default/finalize", 405],
        ["GET", "/api/v1/namespaces/default/pods/none/nonsense", 404],
        ["GET", "/api/v1/namespaces/default/pods/none/status/more", 404],
        ["GET", "/api/v1/watch/namespaces/default/pods/none/status", 404],
        ["POST", "/api/v1/watch/namespaces/default/pods", 405],
        ["GET", "/api/v1/pods/none/status", 404],
        ["GET", "/api/v1/pods/none", 404],
        ["POST", "/api/v1/pods", 405, {}],
        ["POST", "/api/v1/bindings", 404, {}],
        ["POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/a", 404, {}],
        ["GET", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", 405],
        ["GET", "/api/v1/watch/namespaces/default/configmaps/placed?fieldSelector=metadata.name=other", 400],
        ["PUT", `${endpoints}/own`, 422, loopback],
      ];
      const answers = await Promise.all(
        cases.map(async ([method, path, code, body]) => {
          const answer = await client.send(method, path, body, body === undefined ? {} : json);
          return answer.code === code ? undefined : `${method} ${path}: ${answer.code}, not ${code}: ${answer.text}`;
        }),
      );
      assert.deepEqual(
        answers.filter((wrong) => wrong !== undefined),
        [],
      );
    });

    test("a watch of one object by its name in the path shows no other", async () => {
      const watch = await client.watch("/api/v1/watch/namespaces/default/configmaps/placed?resourceVersion=0");
      assert.equal((await watch.next())?.object.metadata.name, "placed");
      await create("other");
      await client.send("PATCH", `${maps}/placed`, { data: { a: "b" } }, merge);
      const next = await watch.next();
      assert.deepEqual([next?.type, next?.object.metadata.name], ["MODIFIED", "placed"]);
      watch.close();
    });

    test("deletecollection takes what the selector chooses", async () => {
      for (const name of ["d1", "d2", "keep"])
        await create(name, { metadata: { name, labels: { set: name === "keep" ? "no" : "yes" } } });
      const answer = await client.send("DELETE", `${maps}?labelSelector=set%3Dyes`);
      assert.equal(answer.code, 200);
      const list = await client.send("GET", `${maps}?labelSelector=set`);
      assert.deepEqual(
        list.json.items.map((i) => i.metadata.name),
        ["keep"],
      );
    });
  });
}
