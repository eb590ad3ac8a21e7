/** Whoever may write a Node, a pod's status or Endpoints gains no way into the host. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { InProcessServer } from "../testing/in-process.ts";

const socketAnnotation = "keelson.dev/kubelet-socket";
const run = mkdtempSync(join(tmpdir(), "keelson-run-"));
const kubelet = createServer((request, response) => response.end(`kubelet ${request.url}`));
const victim = createServer((_request, response) => response.end("the host's"));
let server: InProcessServer;

before(async () => {
  mkdirSync(join(run, "node-1"));
  const [own, other] = [join(run, "node-1", "kubelet.sock"), join(run, "victim.sock")];
  await Promise.all([
    new Promise<void>((resolve) => kubelet.listen(own, resolve)),
    new Promise<void>((resolve) => victim.listen(other, resolve)),
  ]);
  server = await InProcessServer.start({ runDirectory: run });
  const annotations = { [socketAnnotation]: other };
  await server.store("nodes", { metadata: { name: "node-1", annotations } });
});
after(async () => {
  await server[Symbol.asyncDispose]();
  kubelet.close();
  victim.close();
  rmSync(run, { recursive: true });
});

test("a node of ours is reached by its own socket, whatever its annotation says", async () => {
  const answer = await server.send("GET", "/api/v1/nodes/node-1/proxy/healthz");
  assert.equal(answer.text, "kubelet /healthz");
});

test("the path after a proxy is passed on whole, for things that are named proxy too", async () => {
  await server.store("nodes", { metadata: { name: "proxy", annotations: { [socketAnnotation]: "" } } });
  const path = "/api/v1/nodes/proxy/proxy/proxy?a=b";
  assert.match((await server.send("GET", path)).text, /ENOENT|error dialing backend/);
  const own = await server.send("GET", "/api/v1/nodes/node-1/proxy/proxy/x?a=b");
  assert.equal(own.text, "kubelet /proxy/x?a=b");
});

test("addresses that lead back to the host are refused", async () => {
  const kubeletEndpoint = { Port: 22 };
  for (const address of ["127.0.0.1", "localhost", "169.254.169.254", "::1", "0.0.0.0"]) {
    const status = { addresses: [{ type: "InternalIP", address }], daemonEndpoints: { kubeletEndpoint } };
    await server.store("nodes", { metadata: { name: "foreign" }, status });
    const node = await server.send("GET", "/api/v1/nodes/foreign/proxy/");
    assert.deepEqual([node.code, node.json.message], [400, "address not allowed"], address);
    await server.store("pods", { metadata: { namespace: "default", name: "p" }, status: { podIP: address } });
    const pod = await server.send("GET", "/api/v1/namespaces/default/pods/p:22/proxy/");
    assert.deepEqual([pod.code, pod.json.message], [400, "address not allowed"], address);
  }
});

test("a service leads to pods only, not to addresses that somebody wrote into its Endpoints", async () => {
  const metadata = { namespace: "default", name: "s" };
  await server.store("services", { metadata, spec: { ports: [{ port: 80 }] } });
  await server.store("pods", { metadata: { namespace: "default", name: "q" }, status: { podIP: "10.1.1.1" } });
  const targetRef = { kind: "Pod", namespace: "default", name: "q" };
  for (const address of [{ ip: "10.0.0.1" }, { ip: "10.0.0.1", targetRef }, { ip: "10.0.0.1", nodeName: "node-1" }]) {
    await server.store("endpoints", { metadata, subsets: [{ addresses: [address], ports: [{ port: 80 }] }] });
    const answer = await server.send("GET", "/api/v1/namespaces/default/services/s/proxy/");
    assert.match(answer.json.message ?? "", /^no endpoints available for service "s"$/);
  }
});
