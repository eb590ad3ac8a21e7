import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { inClusterCredentials } from "./in-cluster.ts";
import { kubeconfigCredentials } from "./kubeconfig.ts";
import { loadCredentials } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "keelson-kubeconfig-"));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const config = (user: string, more = "") => `
apiVersion: v1
kind: Config
current-context: main
clusters: [{ name: c, cluster: { server: "https://example.com:6443/prefix/", certificate-authority: ca.crt, tls-server-name: kubernetes } }]
contexts:
  - { name: main, context: { cluster: c, user: u, namespace: work } }
  - { name: other, context: { cluster: c, user: nobody } }
users: [{ name: u, user: ${user} }]
${more}`;

test("files are looked for beside the kubeconfig, data is decoded", async () => {
  file("ca.crt", "CA");
  const data = Buffer.from("KEY").toString("base64");
  const path = file("a", config(`{ client-certificate: ca.crt, client-key-data: ${data} }`));
  const credentials = await kubeconfigCredentials([path]);
  assert.equal(credentials.server, "https://example.com:6443/prefix");
  assert.equal(credentials.namespace, "work");
  const tls = await credentials.tls();
  assert.equal(String(tls.ca), "CA");
  assert.equal(String(tls.cert), "CA");
  assert.equal(String(tls.key), "KEY");
  assert.equal(tls.servername, "kubernetes");
  assert.equal(tls.rejectUnauthorized, true);
  assert.equal(await credentials.tls(), tls, "the same material is the same object");
});

test("tokens, token files that change, passwords", async () => {
  const token = await kubeconfigCredentials([file("t", config("{ token: abc }"))]);
  assert.deepEqual(await token.headers(), { authorization: "Bearer abc" });
  file("token", "one\n");
  const tokenFile = await kubeconfigCredentials([file("f", config("{ tokenFile: token }"))]);
  assert.deepEqual(await tokenFile.headers(), { authorization: "Bearer one" });
  file("token", "two\n");
  assert.deepEqual(await tokenFile.headers(true), { authorization: "Bearer two" });
  const basic = await kubeconfigCredentials([file("b", config("{ username: me, password: x }"))]);
  assert.deepEqual(await basic.headers(), { authorization: `Basic ${Buffer.from("me:x").toString("base64")}` });
});

test("another context; several files; JSON", async () => {
  const path = file("m", config("{ token: abc }"));
  assert.deepEqual(await (await kubeconfigCredentials([path], "other")).headers(), {});
  const users = file("n.json", JSON.stringify({ users: [{ name: "nobody", user: { token: "n" } }] }));
  const merged = await kubeconfigCredentials([path, users], "other");
  assert.deepEqual(await merged.headers(), { authorization: "Bearer n" });
});

test("what is missing is said in a sentence", async () => {
  const path = file("bad", config("{}"));
  await assert.rejects(kubeconfigCredentials([path], "nope"), /no context "nope"/);
  await assert.rejects(kubeconfigCredentials([file("empty.json", "{}")]), /no current-context/);
  await assert.rejects(loadCredentials({ kubeconfig: join(folder, "absent") }), /ENOENT/);
});

test("inside a pod: the service account", async () => {
  const account = join(folder, "account");
  mkdirSync(account);
  for (const [name, text] of [
    ["token", "t0"],
    ["ca.crt", "CA"],
    ["namespace", "mine\n"],
  ] as const)
    writeFileSync(join(account, name), text);
  const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
  const credentials = inClusterCredentials(account, env);
  assert.equal(credentials?.server, "https://[fd00::1]:443");
  assert.equal(credentials?.namespace, "mine");
  assert.deepEqual(await credentials?.headers(), { authorization: "Bearer t0" });
  assert.equal(inClusterCredentials(account, {}), undefined);
});
