import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinResources } from "../registry/builtin.ts";
import type { KubeObject } from "../types.ts";
import { AddressRange } from "./address-range.ts";
import { allocate, inUse, keepAllocated } from "./allocation.ts";

const range = new AddressRange("10.96.0.0/24");
const resource = builtinResources.find((r) => r.plural === "services") ?? assert.fail();
const service = (spec: object): KubeObject => ({ metadata: { name: "s" }, spec });
const specOf = (object: KubeObject) => object.spec as Record<string, unknown>;
const nobody = inUse([], undefined);

test("every address of a range is given out once, its ends never", () => {
  const used = new Set<string>();
  for (let i = 0; i < 254; i++) {
    const made = service({ type: "ClusterIP", ports: [] });
    allocate(resource, made, range, { addresses: used, nodePorts: new Set() }, Math.random);
    const address = String(specOf(made)["clusterIP"]);
    assert.ok(range.contains(address) && !used.has(address));
    used.add(address);
  }
  const full = service({ type: "ClusterIP", ports: [] });
  assert.throws(() => allocate(resource, full, range, { addresses: used, nodePorts: new Set() }, Math.random), {
    code: 422,
  });
  assert.equal(range.contains("10.96.0.0") || range.contains("10.96.0.255") || range.contains("10.97.0.1"), false);
});

test("an address that somebody has, or that is not ours, is refused", () => {
  const others = inUse([service({ clusterIP: "10.96.0.9", ports: [{ nodePort: 30_000 }] })], undefined);
  for (const spec of [
    { type: "ClusterIP", clusterIP: "10.96.0.9" },
    { type: "ClusterIP", clusterIP: "1.2.3.4" },
    { type: "NodePort", ports: [{ port: 80, nodePort: 30_000 }] },
    { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] },
  ]) {
    assert.throws(() => allocate(resource, service(spec), range, others, Math.random), {
      code: 422,
      reason: "Invalid",
    });
  }
});

test("headless services keep None; those without a selector are for both families", () => {
  const headless = service({ type: "ClusterIP", clusterIP: "None" });
  allocate(resource, headless, range, nobody, Math.random);
  assert.deepEqual(specOf(headless)["clusterIPs"], ["None"]);
  assert.deepEqual(specOf(headless)["ipFamilyPolicy"], "RequireDualStack");
});

test("an update that says nothing keeps address and node ports; a change of type drops the ports", () => {
  const old = service({
    type: "NodePort",
    clusterIP: "10.96.0.5",
    clusterIPs: ["10.96.0.5"],
    ports: [{ name: "a", port: 80, nodePort: 31_000 }],
  });
  const same = service({ type: "NodePort", ports: [{ name: "a", port: 81 }] });
  keepAllocated(same, old);
  assert.deepEqual(specOf(same)["clusterIP"], "10.96.0.5");
  assert.deepEqual(specOf(same)["ports"], [{ name: "a", port: 81, nodePort: 31_000 }]);
  const plain = service({ type: "ClusterIP", ports: [{ name: "a", port: 80, nodePort: 31_000 }] });
  keepAllocated(plain, old);
  assert.deepEqual(specOf(plain)["ports"], [{ name: "a", port: 80 }]);
});

test("one port by TCP and UDP has one node port, asked for or not", () => {
  const both = (more: object) => ["TCP", "UDP"].map((protocol) => ({ name: protocol, port: 53, protocol, ...more }));
  for (const more of [{}, { nodePort: 30_053 }]) {
    const made = service({ type: "NodePort", ports: both(more) });
    allocate(resource, made, range, nobody, Math.random);
    const [tcp, udp] = (specOf(made)["ports"] as { nodePort: number }[]).map(({ nodePort }) => nodePort);
    assert.equal(tcp, udp);
  }
  const other = { type: "NodePort", ports: [...both({ nodePort: 30_053 }), { name: "o", port: 54, nodePort: 30_053 }] };
  assert.throws(() => allocate(resource, service(other), range, nobody, Math.random), { code: 422 });
});
