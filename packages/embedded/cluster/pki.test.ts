import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ensurePki } from "./pki.ts";

const now = new Date("2026-01-01T00:00:00Z");

test("certificates chain to the CA, carry the names of the API server, and stay the same at the next start", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "keelson-pki-"));
  t.after(() => rmSync(directory, { recursive: true }));
  await ensurePki({ directory, apiPort: 6443, nodes: ["node-1"], now });
  const read = () =>
    Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), "utf8")]));
  const first = read();
  const ca = new X509Certificate(first["ca.crt"] ?? "");
  const server = new X509Certificate(first["apiserver.crt"] ?? "");
  assert.ok(server.verify(ca.publicKey));
  assert.ok(server.checkIP("10.96.0.1"));
  assert.ok(server.checkHost("kubernetes.default.svc"));

  const node = /client-certificate-data: (\S+)/.exec(first["node-1.kubeconfig"] ?? "")?.[1];
  const subject = new X509Certificate(Buffer.from(node ?? "", "base64")).subject;
  assert.match(subject, /CN=system:node:node-1/);
  assert.match(subject, /O=system:nodes/);

  await ensurePki({ directory, apiPort: 6443, nodes: ["node-1"], now });
  assert.deepEqual(read(), first);
});

test("certificates near their end and kubeconfigs of another port are made anew under the same CA", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "keelson-pki-"));
  t.after(() => rmSync(directory, { recursive: true }));
  await ensurePki({ directory, apiPort: 6443, nodes: [], now });
  const read = (name: string) => readFileSync(join(directory, name), "utf8");
  const before = { ca: read("ca.crt"), server: read("apiserver.crt"), token: read("sa.key") };
  await ensurePki({ directory, apiPort: 7443, nodes: [], now: new Date("2027-10-01T00:00:00Z") });
  assert.equal(read("ca.crt"), before.ca);
  assert.equal(read("sa.key"), before.token);
  assert.notEqual(read("apiserver.crt"), before.server);
  assert.match(read("admin.kubeconfig"), /server: https:\/\/127\.0\.0\.1:7443\n/);
});

test("the programs' certificates last for years, the administrator's for one, and each is made anew after a third of its life", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "keelson-pki-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const read = (name: string) => readFileSync(join(directory, name), "utf8");
  const certificate = (name: string) => {
    const encoded = /client-certificate-data: (\S+)/.exec(read(`${name}.kubeconfig`))?.[1] ?? "";
    return new X509Certificate(Buffer.from(encoded, "base64"));
  };
  const ensure = (day: string) =>
    ensurePki({ directory, apiPort: 6443, nodes: ["node-1"], now: new Date(`${day}T00:00:00Z`) });

  await ensure("2026-01-01");
  const years = (end: string) => (Date.parse(end) - now.getTime()) / (365 * 86_400_000);
  const programs = ["controllers", "operator", "server", "node-1"];
  for (const name of programs) assert.equal(years(certificate(name).validTo), 5, name);
  assert.equal(years(new X509Certificate(read("apiserver.crt")).validTo), 5);
  assert.equal(years(certificate("admin").validTo), 1);

  const before = [...programs.map((name) => `${name}.kubeconfig`), "apiserver.crt"].map(read);
  const admin = read("admin.kubeconfig");
  await ensure("2026-04-01");
  assert.equal(read("admin.kubeconfig"), admin);
  await ensure("2026-06-01");
  assert.notEqual(read("admin.kubeconfig"), admin);
  assert.deepEqual([...programs.map((name) => `${name}.kubeconfig`), "apiserver.crt"].map(read), before);
  await ensure("2027-10-01");
  for (const name of programs) assert.ok(certificate(name).validFromDate > new Date("2027-09-01"), name);
});
