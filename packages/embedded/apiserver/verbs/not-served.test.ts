/** What this server does not have is refused, never taken and forgotten. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { InProcessServer } from "../testing/in-process.ts";
import type { KubeObject } from "../types.ts";

let server: InProcessServer;
before(async () => {
  server = await InProcessServer.start();
  await server.store("serviceaccounts", { metadata: { namespace: "default", name: "default" } });
});
after(() => server[Symbol.asyncDispose]());

const pods = "/api/v1/namespaces/default/pods";
const maps = "/api/v1/namespaces/default/configmaps";
const containers = [{ name: "main", image: "busybox" }];

test("ephemeral containers and resize in place are as where Kubernetes has them switched off", async () => {
  await server.store("pods", { metadata: { namespace: "default", name: "p" }, spec: { containers } });
  const type = "application/strategic-merge-patch+json";
  for (const part of ["ephemeralcontainers", "resize"]) {
    const body = { spec: { containers: [{ name: "main", resources: { limits: { cpu: "1" } } }] } };
    const patched = await server.send("PATCH", `${pods}/p/${part}`, { body, type });
    assert.deepEqual([patched.code, patched.json.reason], [404, "NotFound"], part);
    // `kubectl debug` takes a 404 about no kind for "disabled for this cluster".
    assert.ok(!patched.text.includes('"kind":"pods"'), patched.text);
    assert.equal((await server.send("GET", `${pods}/p/${part}`)).code, 404);
    assert.ok(!(await server.send("GET", "/api/v1")).text.includes(`pods/${part}`));
  }
});

test("ephemeral containers come neither with a new pod nor with a template", async () => {
  const spec = { containers, ephemeralContainers: [{ name: "debug", image: "busybox" }] };
  const pod = await server.send("POST", pods, { body: { metadata: { name: "new" }, spec } });
  assert.equal(pod.code, 422);
  assert.match(pod.text, /spec\.ephemeralContainers: Forbidden: cannot be set on create/);
  const labels = { app: "a" };
  const body = {
    metadata: { name: "a" },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
  const deployment = await server.send("POST", "/apis/apps/v1/namespaces/default/deployments", { body });
  assert.equal(deployment.code, 422);
  assert.match(deployment.text, /ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template/);
});

test("a pod that has ephemeral containers from before can still be changed", async () => {
  const made = await server.send("POST", pods, { body: { metadata: { name: "old" }, spec: { containers } } });
  assert.equal(made.code, 201, made.text);
  const pod = made.json as unknown as KubeObject;
  const own = (pod.spec as { containers: readonly object[] }).containers[0];
  const ephemeralContainers = [{ ...own, name: "debug" }];
  await server.store("pods", { ...pod, spec: { ...(pod.spec as object), ephemeralContainers } });
  const body = { metadata: { labels: { role: "primary" } } };
  const patched = await server.send("PATCH", `${pods}/old`, { body, type: "application/merge-patch+json" });
  assert.equal(patched.code, 200, patched.text);
  assert.match(patched.text, /"name":"debug"/);
});

test("what was stored with ephemeral containers in its template can be changed, and nothing else comes to have them", async () => {
  const labels = { app: "b" };
  const selected = (spec: object): object => ({ template: { metadata: { labels }, spec } });
  const scheduled = (spec: object): object => ({ jobTemplate: { spec: { template: { spec } } } });
  const kinds = [
    ["apps", "v1/namespaces/default/deployments", selected, { selector: { matchLabels: labels } }],
    ["apps", "v1/namespaces/default/statefulsets", selected, { selector: { matchLabels: labels }, serviceName: "b" }],
    ["batch", "v1/namespaces/default/cronjobs", scheduled, { schedule: "0 0 * * *" }],
  ] as const;
  for (const [group, path, around, more] of kinds) {
    const plural = path.split("/").at(-1) ?? "";
    const restartPolicy = plural === "cronjobs" ? "Never" : "Always";
    const patch = (part: string, body: object) =>
      server.send("PATCH", `/apis/${group}/${path}/b${part}`, { body, type: "application/merge-patch+json" });
    const body = { metadata: { name: "b" }, spec: { ...more, ...around({ containers, restartPolicy }) } };
    const made = await server.send("POST", `/apis/${group}/${path}`, { body });
    assert.equal(made.code, 201, made.text);
    const ephemeralContainers = [{ name: "debug", image: "busybox" }];
    const added = await patch("", { spec: around({ ephemeralContainers }) });
    assert.equal(added.code, 422, added.text);

    const object = made.json as unknown as KubeObject;
    const spec = { ...(object.spec as object), ...around({ containers, restartPolicy, ephemeralContainers }) };
    const metadata = { ...object.metadata, finalizers: ["example.com/keep"] };
    await server.store(`${group}/${plural}`, { ...object, metadata, spec });
    const finalized = await patch("", { metadata: { finalizers: null } });
    assert.equal(finalized.code, 200, finalized.text);
    assert.match(finalized.text, /"name":"debug"/);
    if (plural !== "cronjobs") assert.equal((await patch("/scale", { spec: { replicas: 2 } })).code, 200, plural);
  }
});

test("an exact version that is forgotten is 410, never the list as it is now", async () => {
  const { platform } = server;
  const map = { kind: "ConfigMap", apiVersion: "v1", metadata: { namespace: "default", name: "a" } };
  await server.store("configmaps", map);
  const version = platform.store.resourceVersion;
  for (let i = 0; i < 1100; i++) void server.store("configmaps", map);
  await server.store("configmaps", map);
  for (const query of [`resourceVersion=${version}&resourceVersionMatch=Exact`, `resourceVersion=${version}&limit=5`]) {
    const answer = await server.send("GET", `${maps}?${query}`);
    assert.deepEqual([answer.code, answer.json.reason], [410, "Expired"], query);
    assert.equal(answer.json.message, "The resourceVersion for the provided list is too old.");
  }
  const newer = await server.send("GET", `${maps}?resourceVersion=${version}&resourceVersionMatch=NotOlderThan`);
  assert.equal(newer.code, 200);
});
