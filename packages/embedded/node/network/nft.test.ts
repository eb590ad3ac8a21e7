import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointSlice, Service } from "@keelson/kube";
import { nftRuleset } from "./nft.ts";
import { servicePorts } from "./service-rules.ts";

const service = (name: string, spec: NonNullable<Service["spec"]>): Service => ({
  metadata: { namespace: "ns", name },
  spec,
});
const slice = (name: string, endpoints: EndpointSlice["endpoints"], port = 8080): EndpointSlice => ({
  metadata: { namespace: "ns", name: `${name}-x`, labels: { "kubernetes.io/service-name": name } },
  addressType: "IPv4",
  ports: [{ name: "web", port, protocol: "TCP" }],
  endpoints,
});
const web = service("web", { clusterIP: "10.96.0.5", ports: [{ name: "web", port: 80, nodePort: 30080 }] });
const ready = (...addresses: string[]) => ({ addresses, conditions: { ready: true } });

test("a service leads to its ready pods", () => {
  const [port] = servicePorts(
    [web],
    [
      slice("web", [
        ready("10.244.1.3"),
        ready("10.244.1.2"),
        { addresses: ["10.244.1.4"], conditions: { ready: false } },
      ]),
    ],
  );
  assert.deepEqual(port?.backends, [
    { ip: "10.244.1.2", port: 8080 },
    { ip: "10.244.1.3", port: 8080 },
  ]);
  assert.equal(port?.nodePort, 30080);
});

test("pods that end still serve when there is no other", () => {
  const ending = { addresses: ["10.244.1.4"], conditions: { ready: false, serving: true, terminating: true } };
  assert.deepEqual(servicePorts([web], [slice("web", [ending])])[0]?.backends, [{ ip: "10.244.1.4", port: 8080 }]);
  assert.deepEqual(servicePorts([web], [slice("web", [ending, ready("10.244.1.2")])])[0]?.backends.length, 1);
});

test("unready pods are reached when the service publishes them", () => {
  const open = service("web", { ...web.spec, publishNotReadyAddresses: true });
  assert.equal(
    servicePorts([open], [slice("web", [{ addresses: ["10.244.1.4"], conditions: { ready: false } }])])[0]?.backends
      .length,
    1,
  );
});

test("headless services and external names are not translated", () => {
  assert.deepEqual(
    servicePorts([service("h", { clusterIP: "None" }), service("e", { type: "ExternalName", externalName: "x" })], []),
    [],
  );
});

test("the ruleset is the same text for the same services in any order", () => {
  const other = service("api", { clusterIP: "10.96.0.6", ports: [{ name: "web", port: 443 }] });
  const slices = [slice("web", [ready("10.244.1.2"), ready("10.244.1.3")]), slice("api", [ready("10.244.1.9")])];
  const text = (services: Service[], list: EndpointSlice[]) =>
    nftRuleset({ ports: servicePorts(services, list), nodeAddress: "10.95.1.1" });
  assert.equal(text([web, other], slices), text([other, web], slices.toReversed()));
  assert.match(text([web], slices), /10\.96\.0\.5 \. tcp \. 80 : goto svc_/);
  assert.match(text([web], slices), /tcp \. 30080 : goto svc_/);
  assert.match(
    text([web], slices),
    /numgen random mod 2 map \{ 0 : 10\.244\.1\.2 \. 8080, 1 : 10\.244\.1\.3 \. 8080 \}/,
  );
});

test("a service without pods has no way through, so that it is refused", () => {
  const text = nftRuleset({ ports: servicePorts([web], []), nodeAddress: "10.95.1.1" });
  assert.doesNotMatch(text, /10\.96\.0\.5/);
  assert.match(text, /ip daddr 10\.96\.0\.0\/16 meta l4proto tcp reject with tcp reset/);
});

test("with affinity a client is remembered per pod", () => {
  const sticky = service("web", {
    ...web.spec,
    sessionAffinity: "ClientIP",
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
  });
  const text = nftRuleset({
    ports: servicePorts([sticky], [slice("web", [ready("10.244.1.2"), ready("10.244.1.3")])]),
    nodeAddress: "10.95.1.1",
  });
  assert.equal(text.match(/timeout 60s/g)?.length, 2);
  assert.equal(text.match(/update @/g)?.length, 2);
});
