import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Service } from "../objects/types.ts";
import { planBalancing } from "./plan.ts";

function service(name: string, more: { spec?: object; ip?: string; at?: string } = {}): Service {
  return {
    metadata: { name, namespace: "ns", creationTimestamp: more.at ?? name },
    spec: { type: "LoadBalancer", clusterIP: "10.96.0.5", ports: [{ port: 5432, nodePort: 30001 }], ...more.spec },
    status: more.ip === undefined ? {} : { loadBalancer: { ingress: [{ ip: more.ip }] } },
  };
}

const addresses = (services: readonly Service[], unusable: readonly string[] = []) =>
  new Map([...planBalancing(services, new Set(unusable)).statuses].map(([each, ip]) => [each.metadata.name, ip]));

test("each Service gets an address of its own and keeps it", () => {
  assert.deepEqual(
    [...addresses([service("a"), service("b")])],
    [
      ["a", "127.77.0.2"],
      ["b", "127.77.0.3"],
    ],
  );
  assert.deepEqual([...addresses([service("a"), service("b", { ip: "127.77.0.2" })])], [["a", "127.77.0.3"]]);
  assert.deepEqual([...addresses([service("a", { ip: "127.77.0.9" })])], []);
});

test("an asked-for address is given when it is ours and free", () => {
  assert.equal(addresses([service("a", { spec: { loadBalancerIP: "127.77.5.5" } })]).get("a"), "127.77.5.5");
  assert.equal(addresses([service("a", { spec: { loadBalancerIP: "8.8.8.8" } })]).get("a"), "127.77.0.2");
});

test("an address that another program uses is left", () => {
  assert.equal(addresses([service("a", { ip: "127.77.0.2" })], ["127.77.0.2"]).get("a"), "127.77.0.3");
});

test("ports are forwarded to the Service's own address; node ports on an address that is nobody else's", () => {
  const { forwards } = planBalancing([service("a")], new Set());
  assert.deepEqual(
    forwards.map(({ ip, port, target }) => `${ip}:${port} ${target.host}:${target.port}`),
    ["127.77.0.2:5432 10.96.0.5:5432", "127.77.0.1:30001 10.96.0.5:5432"],
  );
  const nothing = [
    service("h", { spec: { clusterIP: "None" } }),
    service("c", { spec: { type: "ClusterIP" } }),
    service("u", { spec: { ports: [{ port: 53, protocol: "UDP" }] } }),
  ];
  assert.deepEqual(planBalancing(nothing, new Set()).forwards, []);
});

test("a Service of another type or class loses the address we gave it, and only that", () => {
  assert.deepEqual(
    [...addresses([service("a", { ip: "127.77.0.2", spec: { type: "ClusterIP" } })])],
    [["a", undefined]],
  );
  assert.deepEqual([...addresses([service("a", { ip: "203.0.113.1", spec: { loadBalancerClass: "cloud" } })])], []);
});

test("property: no two Services share an address, and a second look changes nothing", () => {
  const some = fc.array(fc.record({ ip: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }) }), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(some, (list) => {
      const services = list.map(({ ip }, i) => service(`s${i}`, ip === undefined ? {} : { ip: `127.77.0.${ip}` }));
      const { statuses } = planBalancing(services, new Set());
      const after = services.map((each) => {
        const ip = statuses.get(each);
        return ip === undefined ? each : { ...each, status: { loadBalancer: { ingress: [{ ip }] } } };
      });
      const given = after.map((each) => each.status?.loadBalancer?.ingress?.[0]?.ip);
      assert.equal(new Set(given).size, services.length);
      assert.equal(planBalancing(after, new Set()).statuses.size, 0);
    }),
  );
});
