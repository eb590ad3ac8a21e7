/** What is executed is what was authorised: paths, sub-resources, names and verbs that try to make a difference between the two. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { InProcessServer, nodeUser, person } from "../testing/in-process.ts";

let server: InProcessServer;
before(async () => {
  server = await InProcessServer.start();
  for (const name of ["foo", "prod"]) await server.send("POST", "/api/v1/namespaces", { body: { metadata: { name } } });
});
after(() => server[Symbol.asyncDispose]());

const jane = person("jane");
const mergePatch = "application/merge-patch+json";
const everything = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };

test("rights in one namespace reach nothing that belongs to the cluster", async () => {
  await server.grant("jane", "foo", everything);
  for (const [method, path] of [
    ["DELETE", "/api/v1/namespaces/foo/namespaces/prod"],
    ["GET", "/api/v1/namespaces/foo/namespaces/prod"],
    ["GET", "/api/v1/namespaces/foo/namespaces/foo"],
    ["GET", "/api/v1/namespaces/foo/namespaces"],
    ["POST", "/api/v1/namespaces/foo/namespaces"],
    ["PUT", "/api/v1/namespaces/foo/namespaces/prod/finalize"],
    ["GET", "/api/v1/namespaces/foo/nodes"],
    ["GET", "/api/v1/watch/namespaces/foo/namespaces/prod"],
  ] as const) {
    const { code } = await server.send(method, path, { user: jane, ...(method !== "GET" && { body: {} }) });
    assert.equal(code, 404, `${method} ${path}`);
  }
  assert.equal((await server.send("GET", "/api/v1/namespaces/foo", { user: jane })).code, 200);
  assert.equal((await server.send("GET", "/api/v1/namespaces/prod")).code, 200);
});

test("a slash in a name is a slash of the path", async () => {
  await server.send("POST", "/api/v1/namespaces/prod/configmaps", { body: { metadata: { name: "a" } } });
  const path = "/api/v1/namespaces/foo/configmaps/..%2F..%2Fprod%2Fa";
  assert.equal((await server.send("GET", path, { user: jane })).code, 404);
  assert.equal((await server.send("GET", "/api/v1/configmaps/prod%2Fa")).code, 404);
  const whole = "/api/v1/namespaces/prod%2Fconfigmaps%2Fa";
  assert.equal((await server.send("GET", whole, { user: jane })).code, 403);
  assert.equal((await server.send("GET", whole)).json.kind, "ConfigMap");
});

test("a sub-resource answers to the verbs that it declares, and to no other", async () => {
  await server.store("serviceaccounts", { metadata: { namespace: "foo", name: "app", uid: "1" } });
  await server.store("pods", { metadata: { namespace: "foo", name: "web", uid: "2" }, spec: { containers: [] } });
  const account = "/api/v1/namespaces/foo/serviceaccounts/app";
  const pod = "/api/v1/namespaces/foo/pods/web";
  for (const [method, path, code] of [
    ["GET", `${account}/token`, 405],
    ["PUT", `${account}/token`, 405],
    ["GET", `${pod}/eviction`, 405],
    ["DELETE", `${pod}/eviction`, 405],
    ["GET", `${pod}/binding`, 405],
    ["DELETE", `${pod}/status`, 405],
    ["POST", `${pod}/status`, 405],
    ["POST", `${pod}/log`, 405],
    ["PATCH", "/api/v1/namespaces/foo/finalize", 405],
    ["GET", "/api/v1/watch/namespaces/foo/pods/web/status", 404],
    ["GET", `${pod}/nonsense`, 404],
    ["GET", `${pod}/constructor`, 404],
    ["GET", `${pod}/status/more`, 404],
    ["GET", "/api/v1/pods/web/status", 404],
    ["POST", "/api/v1/watch/namespaces/foo/pods", 405],
    ["GET", "/api/v1/pods/web", 404],
  ] as const) {
    const answer = await server.send(method, path, { body: { target: { name: "node-1" } } });
    assert.deepEqual([answer.code, answer.json?.kind], [code, "Status"], `${method} ${path}: ${answer.text}`);
  }
  const stored = server.platform.store.get("pods", "foo/web")?.object;
  assert.deepEqual(stored?.spec, { containers: [] });
  const token = await server.send("POST", `${account}/token`, { body: {} });
  assert.equal(token.code, 201);
});

test("questions and bindings are asked at their own place only", async () => {
  const review = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const body = { spec: { nonResourceAttributes: { verb: "get", path: "/" } } };
  assert.equal((await server.send("POST", review, { body })).code, 201);
  assert.equal((await server.send("POST", `${review}/any/status`, { body })).code, 404);
  const binding = { metadata: { name: "foo/web" }, target: { name: "node-1" } };
  assert.equal((await server.send("POST", "/api/v1/bindings", { body: binding })).code, 404);
});

test("who may watch one object by name is sent no other", async () => {
  const path = "/api/v1/namespaces/prod/secrets";
  for (const name of ["a", "b"]) await server.send("POST", path, { body: { metadata: { name } } });
  const joe = person("joe");
  await server.grant("joe", "prod", {
    apiGroups: [""],
    resources: ["secrets"],
    verbs: ["get", "list", "watch", "deletecollection"],
    resourceNames: ["b"],
  });
  for (const form of [
    "/api/v1/watch/namespaces/prod/secrets/b?resourceVersion=0",
    `${path}?watch=1&fieldSelector=metadata.name=b`,
    "/api/v1/watch/namespaces/prod/secrets/b?fieldSelector=metadata.name=b",
  ]) {
    const watch = await server.watch(form, { user: joe });
    const first = await watch.next();
    for (const name of ["a", "b"])
      await server.send("PATCH", `${path}/${name}`, { body: { data: { form: btoa(form) } }, type: mergePatch });
    const seen = [first, await watch.next()].map((event) => event?.object.metadata.name);
    assert.deepEqual(seen, ["b", "b"], form);
    watch.close();
  }
  const got = await server.send("GET", `${path}/b?watch=1`, { user: joe });
  assert.deepEqual([got.code, got.json.kind], [200, "Secret"]);
  for (const [method, form, code] of [
    ["GET", path, 403],
    ["GET", `${path}?watch=1`, 403],
    ["GET", `${path}?fieldSelector=metadata.name=a`, 403],
    ["GET", `${path}?fieldSelector=metadata.name!=b`, 403],
    ["GET", "/api/v1/watch/namespaces/prod/secrets/a", 403],
    ["GET", "/api/v1/watch/namespaces/prod/secrets?fieldSelector=metadata.name=b", 403],
    ["DELETE", `${path}?fieldSelector=metadata.name=b`, 403],
    ["GET", "/api/v1/watch/namespaces/prod/secrets/b?fieldSelector=metadata.name=a", 400],
    ["GET", "/api/v1/watch/namespaces/prod/secrets/b?fieldSelector=metadata.name!=a", 400],
  ] as const) {
    const answer = await server.send(method, form, { user: joe });
    assert.equal(answer.code, code, `${method} ${form}: ${answer.text}`);
  }
});

test("an update or an apply of what does not exist needs the right to create", async () => {
  const max = person("max");
  const rule = { apiGroups: ["", "coordination.k8s.io"], resources: ["endpoints", "configmaps"] };
  await server.grant("max", "foo", { ...rule, verbs: ["update", "patch"] });
  const endpoints = "/api/v1/namespaces/foo/endpoints/e";
  const map = "/api/v1/namespaces/foo/configmaps/m?fieldManager=test";
  const put = { body: { metadata: { name: "e" } }, user: max };
  const applied = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" } };
  const apply = { body: applied, type: "application/apply-patch+yaml", user: max };
  for (const [method, path, call] of [
    ["PUT", endpoints, put],
    ["PATCH", map, apply],
  ] as const) {
    const refused = await server.send(method, path, call);
    assert.equal(refused.code, 403, refused.text);
    assert.match(refused.json.message ?? "", /User "max" cannot create resource/);
  }
  await server.grant("max", "foo", { ...rule, verbs: ["create"] });
  assert.equal((await server.send("PUT", endpoints, put)).code, 201);
  assert.equal((await server.send("PATCH", map, apply)).code, 201);
});

test("a pod applied into a new namespace waits for the default account", async () => {
  await server.send("POST", "/api/v1/namespaces", { body: { metadata: { name: "new" } } });
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [{ name: "c", image: "i" }] },
  };
  const path = "/api/v1/namespaces/new/pods/p?fieldManager=test";
  const answer = server.send("PATCH", path, { body: pod, type: "application/apply-patch+yaml" });
  setTimeout(() => void server.store("serviceaccounts", { metadata: { namespace: "new", name: "default" } }), 20);
  assert.equal((await answer).code, 201, (await answer).text);
});

test("a mirror pod has no account, no secret and no token", async () => {
  await server.store("serviceaccounts", { metadata: { namespace: "foo", name: "default" } });
  const path = "/api/v1/namespaces/foo/pods";
  const metadata = { name: "mirror", annotations: { "kubernetes.io/config.mirror": "x" } };
  const containers = [{ name: "c", image: "i" }];
  const projected = { sources: [{ serviceAccountToken: { path: "t" } }] };
  const env = [{ name: "A", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }];
  for (const [spec, why] of [
    [{ containers, serviceAccountName: "app" }, "a mirror pod may not reference service accounts"],
    [{ containers, serviceAccount: "app" }, "a mirror pod may not reference service accounts"],
    [{ containers: [{ ...containers[0], env }] }, "a mirror pod may not reference secrets"],
    [{ containers, volumes: [{ name: "v", secret: { secretName: "s" } }] }, "a mirror pod may not reference secrets"],
    [{ containers, imagePullSecrets: [{ name: "s" }] }, "a mirror pod may not reference secrets"],
    [{ containers, volumes: [{ name: "v", projected }] }, "a mirror pod may not use ServiceAccountToken volume"],
  ] as const) {
    const body = { metadata, spec: { ...spec, nodeName: "node-1" } };
    const answer = await server.send("POST", path, { body, user: nodeUser("node-1") });
    assert.equal(answer.code, 403, answer.text);
    assert.ok(answer.json.message?.includes(why), answer.text);
  }
  const body = { metadata, spec: { containers, nodeName: "node-1" } };
  assert.equal((await server.send("POST", path, { body, user: nodeUser("node-1") })).code, 201);
});
