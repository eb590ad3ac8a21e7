import assert from "node:assert/strict";
import { test } from "node:test";
import { type EndpointSlice, type Service, silentLogger } from "@keelson/kube";
import { decode, encode, type Packet } from "dns-packet";
import { resolve } from "./dns-records.ts";
import { answer } from "./dns-server.ts";

const services: Service[] = [
  { metadata: { namespace: "ns", name: "web" }, spec: { clusterIP: "10.96.0.5", ports: [{ name: "http", port: 80 }] } },
  { metadata: { namespace: "ns", name: "db" }, spec: { clusterIP: "None", ports: [{ name: "pg", port: 5432 }] } },
  {
    metadata: { namespace: "ns", name: "all" },
    spec: { clusterIP: "None", publishNotReadyAddresses: true, ports: [{ name: "pg", port: 5432 }] },
  },
  { metadata: { namespace: "ns", name: "out" }, spec: { type: "ExternalName", externalName: "example.com" } },
];
const endpoints: EndpointSlice["endpoints"] = [
  { addresses: ["10.244.1.2"], hostname: "db-0", conditions: { ready: true } },
  { addresses: ["10.244.1.3"], hostname: "db-1", conditions: { ready: false } },
];
const slicesOf = (service: string): EndpointSlice[] =>
  ["db", "all"].includes(service)
    ? [
        {
          metadata: { namespace: "ns", name: service, labels: { "kubernetes.io/service-name": service } },
          addressType: "IPv4",
          ports: [{ name: "pg", port: 5432 }],
          endpoints,
        },
      ]
    : [];
const source = {
  service: (namespace: string, name: string) =>
    services.find(({ metadata }) => metadata?.namespace === namespace && metadata.name === name),
  slices: (_: string, service: string) => slicesOf(service),
  hasNamespace: (name: string) => name === "ns",
  byAddress: (ip: string) => ({
    services: services.filter(({ spec }) => spec?.clusterIP === ip),
    slices: slicesOf("db").filter((slice) => slice.endpoints.some(({ addresses }) => addresses.includes(ip))),
  }),
};
const data = (name: string, type: string) => {
  const { exists, answers } = resolve(name, type, source);
  return exists ? answers.map((each) => each.data) : "NXDOMAIN";
};

test("services, and pods behind headless ones", () => {
  assert.deepEqual(data("web.ns.svc.cluster.local", "A"), ["10.96.0.5"]);
  assert.deepEqual(data("WEB.ns.svc.cluster.local", "A"), ["10.96.0.5"]);
  assert.deepEqual(data("db.ns.svc.cluster.local", "A"), ["10.244.1.2"]);
  assert.deepEqual(data("db-0.db.ns.svc.cluster.local", "A"), ["10.244.1.2"]);
  assert.deepEqual(data("10-244-1-2.ns.pod.cluster.local", "A"), ["10.244.1.2"]);
});

test("pods that are not ready have a name only where the service says so", () => {
  assert.equal(data("db-1.db.ns.svc.cluster.local", "A"), "NXDOMAIN");
  assert.deepEqual(data("db-1.all.ns.svc.cluster.local", "A"), ["10.244.1.3"]);
  assert.deepEqual(data("all.ns.svc.cluster.local", "A"), ["10.244.1.2", "10.244.1.3"]);
});

test("a name without a record of that type is not a name that does not exist", () => {
  assert.deepEqual(data("web.ns.svc.cluster.local", "AAAA"), []);
  assert.deepEqual(data("ns.svc.cluster.local", "A"), []);
  assert.equal(data("none.ns.svc.cluster.local", "AAAA"), "NXDOMAIN");
  assert.equal(data("db-9.db.ns.svc.cluster.local", "A"), "NXDOMAIN");
});

test("ports by SRV, with the addresses of their targets", () => {
  const { answers, additionals } = resolve("_pg._tcp.db.ns.svc.cluster.local", "SRV", source);
  assert.deepEqual(
    answers.map((each) => each.data),
    [{ priority: 0, weight: 100, port: 5432, target: "db-0.db.ns.svc.cluster.local" }],
  );
  assert.deepEqual(
    additionals.map((each) => each.data),
    ["10.244.1.2"],
  );
  assert.deepEqual(data("_http._tcp.web.ns.svc.cluster.local", "SRV"), [
    { priority: 0, weight: 100, port: 80, target: "web.ns.svc.cluster.local" },
  ]);
  assert.equal(data("_none._tcp.web.ns.svc.cluster.local", "SRV"), "NXDOMAIN");
});

test("back from addresses, and names elsewhere", () => {
  assert.deepEqual(data("5.0.96.10.in-addr.arpa", "PTR"), ["web.ns.svc.cluster.local"]);
  assert.deepEqual(data("2.1.244.10.in-addr.arpa", "PTR"), ["db-0.db.ns.svc.cluster.local"]);
  assert.deepEqual(data("out.ns.svc.cluster.local", "A"), ["example.com"]);
});

test("packets: identity kept, authority claimed for our names only", async () => {
  const ask = async (name: string): Promise<Packet & { rcode?: string }> => {
    const query = encode({ type: "query", id: 77, flags: 256, questions: [{ type: "A", name }] });
    const reply = await answer(query, { source, log: silentLogger });
    assert.ok(reply !== undefined);
    return decode(reply);
  };
  const good = await ask("web.ns.svc.cluster.local");
  assert.equal(good.id, 77);
  assert.deepEqual(
    good.answers?.map((each) => ("data" in each ? each.data : "")),
    ["10.96.0.5"],
  );
  assert.equal((await ask("none.ns.svc.cluster.local")).rcode, "NXDOMAIN");
  assert.equal((await ask("example.com")).rcode, "NXDOMAIN");
  assert.equal(await answer(Buffer.from("rubbish"), { source, log: silentLogger }), undefined);
});
