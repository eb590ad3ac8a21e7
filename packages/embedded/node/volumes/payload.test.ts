import assert from "node:assert/strict";
import { test } from "node:test";
import type { Volume } from "@keelson/kube";
import { testContainer, testPod } from "../testing/fixtures.ts";
import { volumePayload } from "./payload.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const sources = {
  configMap: async (_: string, name: string) =>
    name === "cm" ? { data: { a: "1", b: "2" }, binaryData: { c: base64("3") } } : undefined,
  secret: async (_: string, name: string) =>
    name === "sec" ? { data: { key: base64("k"), crt: base64("c") } } : undefined,
  token: async (
    _: unknown,
    { audience, expirationSeconds }: { audience: string | undefined; expirationSeconds: number },
  ) => `token ${audience} ${expirationSeconds}`,
};
const pod = testPod(
  { containers: [testContainer("main", { resources: { limits: { cpu: "1500m" } } })] },
  { labels: { b: 'say "x"', a: "1" }, annotations: { n: "v" } },
);
const show = async (volume: Partial<Volume>) => {
  const payload = await volumePayload(pod, { name: "v", ...volume }, sources, {
    podIP: "10.244.1.2",
    hostIP: "10.95.1.1",
  });
  return Object.fromEntries([...payload].map(([path, { data, mode }]) => [path, `${mode.toString(8)} ${data}`]));
};

test("all keys, or those that are named, with their modes", async () => {
  assert.deepEqual(await show({ configMap: { name: "cm" } }), { a: "644 1", b: "644 2", c: "644 3" });
  assert.deepEqual(
    await show({
      secret: {
        secretName: "sec",
        defaultMode: 0o400,
        items: [
          { key: "key", path: "x/tls.key" },
          { key: "crt", path: "tls.crt", mode: 0o444 },
        ],
      },
    }),
    { "x/tls.key": "400 k", "tls.crt": "444 c" },
  );
});

test("several sources in one volume", async () => {
  const projected = {
    defaultMode: 0o640,
    sources: [
      { secret: { name: "sec", items: [{ key: "key", path: "key" }] } },
      { configMap: { name: "gone", optional: true } },
      { serviceAccountToken: { path: "token", audience: "vault", expirationSeconds: 600 } },
      {
        downwardAPI: {
          items: [
            { path: "labels", fieldRef: { fieldPath: "metadata.labels" } },
            { path: "cpu", resourceFieldRef: { containerName: "main", resource: "limits.cpu", divisor: "1m" } },
          ],
        },
      },
    ],
  };
  assert.deepEqual(await show({ projected }), {
    key: "640 k",
    token: "640 token vault 600",
    labels: '640 a="1"\nb="say \\"x\\""',
    cpu: "640 1500",
  });
});

test("what is missing is named as Kubernetes names it", async () => {
  await assert.rejects(show({ configMap: { name: "gone" } }), { message: 'configmap "gone" not found' });
  await assert.rejects(show({ secret: { secretName: "sec", items: [{ key: "none", path: "n" }] } }), {
    message: "references non-existent secret key: ns/sec: none",
  });
  assert.deepEqual(await show({ secret: { secretName: "gone", optional: true } }), {});
});
