import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, Service } from "@keelson/kube";
import fc from "fast-check";
import { testContainer, testPod } from "../testing/fixtures.ts";
import { containerEnv, EnvError, expand, serviceVariables } from "./env.ts";

const sources = {
  configMap: async (_: string, name: string) => (name === "cm" ? { data: { a: "1", b: "2" } } : undefined),
  secret: async (_: string, name: string) =>
    name === "sec" ? { data: { pw: Buffer.from("s3cret").toString("base64") } } : undefined,
};
const addresses = { podIP: "10.244.1.2", hostIP: "10.95.1.1" };
const env = (more: Partial<Container>, services: Service[] = []) => {
  const container = testContainer("main", more);
  return containerEnv(
    {
      pod: testPod({ containers: [container] }),
      container,
      imageEnv: { PATH: "/bin" },
      services,
      addresses,
    },
    sources,
  );
};

test("references in variables: known ones, unknown ones, escaped ones", () => {
  const known = new Map([
    ["A", "x"],
    ["B", "$(A)"],
  ]);
  assert.equal(expand("$(A) $(NOPE) $$(A) $A $(B) $", known), "x $(NOPE) $(A) $A $(A) $");
});

test("text without a dollar sign is left alone", () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !text.includes("$")),
      (text) => expand(text, new Map()) === text,
    ),
  );
});

test("all kinds of sources, later ones winning and referring to earlier ones", async () => {
  const result = await env({
    envFrom: [
      { configMapRef: { name: "cm" } },
      { prefix: "S_", secretRef: { name: "sec" } },
      { configMapRef: { name: "none", optional: true } },
    ],
    env: [
      { name: "b", value: "over" },
      { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "PW", valueFrom: { secretKeyRef: { name: "sec", key: "pw" } } },
      { name: "ALL", value: "$(a)-$(b)-$(S_pw)-$(IP)-$(PW)" },
      { name: "MEM", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
      { name: "OPT", valueFrom: { configMapKeyRef: { name: "cm", key: "none", optional: true } } },
    ],
    resources: { limits: { memory: "64Mi" } },
  });
  assert.equal(result.get("ALL"), "1-over-s3cret-10.244.1.2-s3cret");
  assert.equal(result.get("MEM"), "64");
  assert.equal(result.has("OPT"), false);
  assert.deepEqual([result.get("PATH"), result.get("HOSTNAME")], ["/bin", "pod"]);
});

test("what is missing is named", async () => {
  await assert.rejects(
    env({ env: [{ name: "A", valueFrom: { secretKeyRef: { name: "gone", key: "k" } } }] }),
    new EnvError('secret "gone" not found'),
  );
  await assert.rejects(
    env({ env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "cm", key: "k" } } }] }),
    new EnvError("couldn't find key k in ConfigMap ns/cm"),
  );
});

test("services of the namespace, and the API's always", () => {
  const service = (namespace: string, name: string, clusterIP: string): Service => ({
    metadata: { namespace, name },
    spec: { clusterIP, ports: [{ name: "pg", port: 5432 }] },
  });
  const all = [
    service("ns", "my-db", "10.96.0.7"),
    service("ns", "headless", "None"),
    service("default", "kubernetes", "10.96.0.1"),
    service("default", "other", "10.96.0.9"),
  ];
  const linked = serviceVariables(all, "ns", true);
  assert.equal(linked.get("MY_DB_SERVICE_HOST"), "10.96.0.7");
  assert.equal(linked.get("MY_DB_SERVICE_PORT_PG"), "5432");
  assert.equal(linked.get("MY_DB_PORT_5432_TCP"), "tcp://10.96.0.7:5432");
  assert.equal(linked.get("KUBERNETES_SERVICE_HOST"), "10.96.0.1");
  assert.equal(linked.has("OTHER_SERVICE_HOST"), false);
  assert.deepEqual(
    [...serviceVariables(all, "ns", false).keys()].filter((name) => !name.startsWith("KUBERNETES")),
    [],
  );
});
