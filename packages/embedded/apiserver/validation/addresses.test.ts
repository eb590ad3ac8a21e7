import assert from "node:assert/strict";
import { test } from "node:test";
import { endpointAddressProblems, mayConnectTo } from "./addresses.ts";
import { endpointSliceProblems, endpointsProblems } from "./endpoints.ts";

const special = {
  "0.0.0.0": "may not be unspecified (0.0.0.0)",
  "::": "may not be unspecified (::)",
  "127.0.0.1": "may not be in the loopback range (127.0.0.0/8, ::1/128)",
  "127.77.3.4": "may not be in the loopback range (127.0.0.0/8, ::1/128)",
  "::1": "may not be in the loopback range (127.0.0.0/8, ::1/128)",
  "::ffff:127.0.0.1": "may not be in the loopback range (127.0.0.0/8, ::1/128)",
  "169.254.169.254": "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
  "fe80::1": "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
  "224.0.0.251": "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
  "ff02::1": "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
};

test("addresses that every machine has of its own are no endpoints and are not connected to", () => {
  for (const [address, detail] of Object.entries(special)) {
    assert.deepEqual(endpointAddressProblems(address), [detail], address);
    assert.equal(mayConnectTo(address), false, address);
  }
  for (const address of ["10.1.2.3", "192.168.0.1", "126.255.255.255", "128.0.0.1", "fd00::1", "2001:db8::1"]) {
    assert.deepEqual(endpointAddressProblems(address), [], address);
    assert.equal(mayConnectTo(address), true, address);
  }
  for (const address of ["", "localhost", "10.1", "255.255.255.255", "239.1.1.1", "ff0e::1"])
    assert.equal(mayConnectTo(address), false, address);
});

test("Endpoints and EndpointSlices are refused with them, in Kubernetes' words", () => {
  const problem = { type: "FieldValueInvalid", badValue: "127.0.0.1", detail: special["127.0.0.1"] };
  const endpoints = { metadata: {}, subsets: [{ addresses: [{ ip: "127.0.0.1" }], ports: [{ port: 22 }] }] };
  assert.deepEqual(endpointsProblems(endpoints), [{ ...problem, field: "subsets[0].addresses[0].ip" }]);
  const slice = { metadata: {}, addressType: "IPv4", endpoints: [{ addresses: ["10.0.0.1", "127.0.0.1"] }] };
  assert.deepEqual(endpointSliceProblems(slice), [{ ...problem, field: "endpoints[0].addresses[1]" }]);
});
