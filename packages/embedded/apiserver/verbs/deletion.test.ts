/** What goes with an object, and what stays when its deletion is refused. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { InProcessServer, nodeUser } from "../testing/in-process.ts";

let server: InProcessServer;
before(async () => {
  server = await InProcessServer.start();
});
after(() => server[Symbol.asyncDispose]());

const namespace = "default";

test("with a Service go its Endpoints, in the same transaction, also when a finalizer held it", async () => {
  const services = "/api/v1/namespaces/default/services";
  for (const finalizers of [[], ["example.com/hold"]]) {
    const metadata = { name: "s", finalizers };
    const made = await server.send("POST", services, { body: { metadata, spec: { ports: [{ port: 80 }] } } });
    assert.equal(made.code, 201, made.text);
    await server.store("endpoints", { metadata: { namespace, name: "s" } });
    await server.store("endpoints", { metadata: { namespace, name: "other" } });
    const dry = await server.send("DELETE", `${services}/s?dryRun=All`);
    assert.equal(dry.code, 200);
    assert.notEqual(server.platform.store.get("endpoints", "default/s"), undefined);
    let commits = 0;
    const release = server.platform.store.onCommit(() => commits++);
    await server.send("DELETE", `${services}/s`);
    if (finalizers.length > 0) {
      assert.notEqual(server.platform.store.get("endpoints", "default/s"), undefined);
      commits = 0;
      const body = { metadata: { finalizers: null } };
      await server.send("PATCH", `${services}/s`, { body, type: "application/merge-patch+json" });
    }
    release();
    assert.equal(commits, 1);
    assert.equal(server.platform.store.get("services", "default/s"), undefined);
    assert.equal(server.platform.store.get("endpoints", "default/s"), undefined);
    assert.notEqual(server.platform.store.get("endpoints", "default/other"), undefined);
  }
});

test("an eviction that is refused charges no budget and leaves no mark", async () => {
  const labels = { app: "a" };
  const status = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
  const spec = { nodeName: "node-1", containers: [] };
  await server.store("pods", { metadata: { namespace, name: "p", uid: "1", labels }, spec, status });
  const budget = {
    metadata: { namespace, name: "b" },
    spec: { selector: { matchLabels: labels } },
    status: { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 },
  };
  await server.store("policy/poddisruptionbudgets", budget);
  await server.grant("system:node:node-2", "", { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] });
  const path = "/api/v1/namespaces/default/pods/p/eviction";
  const body = { metadata: { name: "p" }, deleteOptions: { preconditions: { uid: "other" } } };
  const wrong = await server.send("POST", path, { body });
  assert.deepEqual([wrong.code, wrong.json.reason], [409, "Conflict"]);
  const foreign = await server.send("POST", path, { body: { metadata: { name: "p" } }, user: nodeUser("node-2") });
  assert.equal(foreign.code, 403);
  assert.match(foreign.json.message ?? "", /can only evict pods with spec\.nodeName set to itself/);
  const { store } = server.platform;
  assert.deepEqual(store.get("policy/poddisruptionbudgets", "default/b")?.object.status, budget.status);
  assert.deepEqual(store.get("pods", "default/p")?.object.status, status);
  assert.equal((await server.send("POST", path, { body: { metadata: { name: "p" } } })).code, 201);
  const charged = store.get("policy/poddisruptionbudgets", "default/b")?.object.status;
  assert.equal((charged as { disruptionsAllowed: number }).disruptionsAllowed, 0);
});

test("a label of Pod Security is answered with the warning that nothing enforces it", async () => {
  const metadata = { name: "secure", labels: { "pod-security.kubernetes.io/enforce": "restricted" } };
  const { headers, code } = await server.send("POST", "/api/v1/namespaces", { body: { metadata } });
  assert.equal(code, 201);
  assert.match(String(headers.warning), /pod-security\.kubernetes\.io\/enforce\]: stored and not enforced/);
});

test("a list that is too big for YAML is refused, and had as JSON", async () => {
  const map = { kind: "ConfigMap", apiVersion: "v1" };
  const data = { a: "x".repeat(900_000) };
  for (const name of ["a", "b", "c"]) await server.store("configmaps", { ...map, metadata: { namespace, name }, data });
  const headers = { Accept: "application/yaml" };
  const path = "/api/v1/namespaces/default/configmaps";
  assert.equal((await server.send("GET", path, { headers })).code, 406);
  assert.match((await server.send("GET", `${path}?limit=1`, { headers })).text, /^kind: ConfigMapList/);
  assert.equal((await server.send("GET", path)).json.items.length, 3);
});
