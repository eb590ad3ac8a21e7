import assert from "node:assert/strict";
import { test } from "node:test";
import { testPod } from "../testing/fixtures.ts";
import { hostsFile, podHostname, resolvFile } from "./host-files.ts";

test("a pod asks the cluster's name server, with its namespace first", () => {
  assert.equal(
    resolvFile(testPod()),
    "search ns.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n",
  );
});

test("dnsConfig adds to the policy, or is all there is", () => {
  const dnsConfig = {
    nameservers: ["10.1.1.1"],
    searches: ["example.com"],
    options: [{ name: "ndots", value: "2" }, { name: "edns0" }],
  };
  assert.match(
    resolvFile(testPod({ dnsConfig })),
    /^search ns\.svc.* example\.com\nnameserver 10\.96\.0\.10\nnameserver 10\.1\.1\.1\noptions ndots:2 edns0\n$/,
  );
  assert.equal(
    resolvFile(testPod({ dnsPolicy: "None", dnsConfig })),
    "search example.com\nnameserver 10.1.1.1\noptions ndots:2 edns0\n",
  );
});

test("a pod with a subdomain knows its full name; aliases are added", () => {
  const text = hostsFile(
    testPod({ hostname: "db-0", subdomain: "db", hostAliases: [{ ip: "1.2.3.4", hostnames: ["a", "b"] }] }),
    "10.244.1.2",
  );
  assert.match(text, /^10\.244\.1\.2\tdb-0\.db\.ns\.svc\.cluster\.local\tdb-0$/m);
  assert.match(text, /^1\.2\.3\.4\ta\tb$/m);
});

test("host names fit the kernel", () => {
  assert.equal(podHostname(testPod({}, { name: `${"a".repeat(62)}-b` })), "a".repeat(62));
});
