/** Two nodes: services, names and the ways in. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { kinds, type Pod, type Service } from "@keelson/kube";
import { eventually, isReady, shellPod, TestCluster } from "./testing/cluster.ts";
import { setNodeLink } from "./testing/link.ts";

let cluster: TestCluster;
before(async () => {
  cluster = await TestCluster.start({ nodes: 2 });
  await Promise.all(
    [web("web-0", "node-1"), web("web-1", "node-2")].map((pod) => cluster.client.create(kinds.Pod, pod)),
  );
  await service("web", { clusterIP: "None" });
  await service("web-ip", { type: "NodePort" });
  await service("sticky", { sessionAffinity: "ClientIP" });
  await Promise.all(["web-0", "web-1"].map((name) => cluster.pod(name, isReady)));
  // Both pods are behind the service once two connections can be told apart.
  await eventually("both pods are served", async () =>
    new Set(await answers("web-ip", 8)).size === 2 ? true : undefined,
  );
});
after(() => cluster[Symbol.asyncDispose]());

function web(name: string, nodeName: string): Pod {
  const script =
    "mkdir /tmp/www; hostname > /tmp/www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /tmp/www & wait";
  const readinessProbe = { httpGet: { port: 8080, path: "/index.html" }, periodSeconds: 1 };
  const pod = shellPod(name, script, { readinessProbe }, { nodeName, hostname: name, subdomain: "web" });
  return { ...pod, metadata: { ...pod.metadata, labels: { app: "web" } } };
}

function service(name: string, spec: NonNullable<Service["spec"]>): Promise<unknown> {
  const ports = [{ name: "http", port: 80, targetPort: 8080 as never, protocol: "TCP" }];
  return cluster.client.create(kinds.Service, {
    metadata: { name, namespace: "default" },
    spec: { selector: { app: "web" }, ports, ...spec },
  });
}

const answers = async (host: string, times: number, from = "web-0"): Promise<string[]> =>
  (await cluster.sh(from, `for i in $(seq ${times}); do timeout 2 wget -qO- http://${host}/index.html; done`)).split(
    "\n",
  );

test("a service deals its connections to pods on both nodes, to the caller itself too", async () => {
  assert.deepEqual([...new Set(await answers("web-ip", 20))].sort(), ["web-0", "web-1"]);
  assert.deepEqual([...new Set(await answers("web-ip", 20, "web-1"))].sort(), ["web-0", "web-1"]);
});

test("with affinity a client stays where it is", async () => {
  assert.equal(new Set(await answers("sticky", 10)).size, 1);
});

test("names: services, pods behind a headless service, and from an address back", async () => {
  assert.deepEqual(await answers("web-1.web:8080", 1), ["web-1"]);
  const other = await cluster.pod("web-1", isReady);
  assert.match(
    await cluster.sh("web-0", "nslookup web-1.web.default.svc.cluster.local"),
    new RegExp(`Address: ${other.status?.podIP?.replaceAll(".", "\\.")}`),
  );
  assert.match(
    await cluster.sh("web-0", `nslookup ${other.status?.podIP}`),
    /name = web-1\.web\.default\.svc\.cluster\.local/,
  );
});

test("node ports answer on every node, from inside", async () => {
  const { spec } = (await cluster.client.get(kinds.Service, { namespace: "default", name: "web-ip" })) ?? {};
  assert.deepEqual([...new Set(await answers(`10.95.1.1:${spec?.ports?.[0]?.nodePort}`, 10, "web-1"))].length, 2);
});

test("a service without pods refuses at once", async () => {
  await cluster.client.create(kinds.Service, {
    metadata: { name: "empty", namespace: "default" },
    spec: { selector: { app: "none" }, ports: [{ port: 80 }] },
  });
  await eventually("its name is known", async () =>
    (await cluster.sh("web-0", "timeout 2 wget -qO- http://empty/ 2>&1 || true")).includes("refused")
      ? true
      : undefined,
  );
});

test("pods reach the API server with their tokens", async () => {
  const script =
    'wget -qO- --no-check-certificate --header "Authorization: Bearer $(cat /var/run/secrets/kubernetes.io/serviceaccount/token)" https://$KUBERNETES_SERVICE_HOST/version 2>&1 | head -c 400';
  const said = await cluster.sh("web-0", script);
  // busybox may come without TLS; then a connection is all that can be seen.
  if (said.includes("gitVersion")) return;
  await cluster.sh("web-0", "nc -w 2 $KUBERNETES_SERVICE_HOST 443 < /dev/null");
});

test("the host comes in by the relay, to pods and to services", async () => {
  const { spec } = (await cluster.client.get(kinds.Service, { namespace: "default", name: "web-ip" })) ?? {};
  const socket = connect({ path: `${cluster.layout.run}/node-1/relay.sock`, allowHalfOpen: true });
  await once(socket, "connect");
  socket.end(`${JSON.stringify({ host: spec?.clusterIP, port: 80 })}\nGET /index.html HTTP/1.0\r\n\r\n`);
  assert.match((await socket.toArray()).join(""), /^ok\nHTTP\/1\.[01] 200 OK[\s\S]*web-[01]\n$/);
});

test("a node that is cut off is not reached, and is again when the cable is back", async () => {
  const node = { id: cluster.layout.id, name: "node-2", index: 2 };
  const other = await cluster.pod("web-1", isReady);
  const ask = (): Promise<string> =>
    cluster.sh("web-0", `timeout 1 wget -qO- http://${other.status?.podIP}:8080/index.html 2>&1 || echo failed`);
  assert.equal(await ask(), "web-1");
  await setNodeLink(node, "down");
  assert.match(await ask(), /failed/);
  await setNodeLink(node, "up");
  await eventually("it answers again", async () => ((await ask()) === "web-1" ? true : undefined));
});
