/** A CRD that cannot be served: one that an older version of ours took, or a row that is damaged. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Database } from "../storage/database.ts";
import { Stored } from "../storage/stored.ts";
import { InProcessServer } from "../testing/in-process.ts";
import type { KubeObject } from "../types.ts";
import { conditionsOf, crdCollection, reportCompilation } from "./condition.ts";
import { resourcesOf } from "./resources.ts";

function crd(plural: string, openAPIV3Schema: object): KubeObject {
  const group = "example.com";
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, uid: plural, generation: 1 },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, singular: plural, kind: plural.toUpperCase(), listKind: `${plural}List` },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

const good = crd("good", { type: "object" });
const goodKey = "good.example.com";

test("one that cannot even be read stops neither the start nor the others", async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), "keelson-crd-"));
  const database = new Database(join(dataDirectory, "state.db"));
  const row = (key: string, text: string) => ({
    collection: crdCollection,
    key,
    resourceVersion: 2,
    body: Buffer.from(text),
  });
  database.commit([row("bad.example.com", '{"kind":'), row(goodKey, JSON.stringify(good))], 2);
  database.close();
  const server = await InProcessServer.start({ dataDirectory });
  try {
    const path = "/apis/example.com/v1/namespaces/default/good";
    assert.equal((await server.send("POST", path, { body: { metadata: { name: "a" } } })).code, 201);
  } finally {
    await server[Symbol.asyncDispose]();
    rmSync(dataDirectory, { recursive: true });
  }
});

test("one that cannot be compiled is told of once and answers with the reason", () => {
  const stored = Stored.of(goodKey, 2, good);
  let isBroken = false;
  Object.defineProperty(stored, "object", {
    get() {
      if (isBroken) throw new Error("too deep");
      return good;
    },
  });
  const reports: (string | undefined)[] = [];
  const [resource] = resourcesOf(stored, (problem) => reports.push(problem));
  isBroken = true;
  const refusal = { code: 500, message: /CustomResourceDefinition good\.example\.com cannot be compiled: too deep/ };
  for (const _ of [1, 2]) assert.throws(() => resource?.custom, refusal);
  assert.deepEqual(reports, ["too deep"]);
});

test("its condition is written once and goes with a new spec; a watch that cannot show an object is closed", async () => {
  const server = await InProcessServer.start();
  try {
    const { platform } = server;
    const conditions = () => {
      const stored = platform.store.latest(crdCollection, goodKey)?.object;
      return stored === undefined ? [] : conditionsOf(stored).map((c) => [c["type"], c["message"]]);
    };
    await server.store(crdCollection, good);
    await reportCompilation(platform, goodKey, "too deep");
    assert.deepEqual(conditions(), [["NonStructuralSchema", "too deep"]]);
    const version = platform.store.resourceVersion;
    await reportCompilation(platform, goodKey, "too deep");
    assert.equal(platform.store.resourceVersion, version);
    const { spec } = crd("good", { type: "object", properties: { a: { type: "string" } } });
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${goodKey}`;
    const renewed = await server.send("PUT", path, { body: { ...good, metadata: { name: goodKey }, spec } });
    assert.equal(renewed.code, 200, renewed.text);
    assert.deepEqual(conditions(), []);

    const resource = platform.registry.find("example.com", "v1", "good");
    const things = "/apis/example.com/v1/namespaces/default/good";
    const headers = { Accept: "application/json;as=Table;g=meta.k8s.io;v=v1" };
    const watch = await server.watch(`${things}?watch=1&resourceVersion=${platform.store.resourceVersion}`, {
      headers,
    });
    Object.defineProperty(resource, "custom", {
      get() {
        throw new Error("cannot be compiled");
      },
    });
    await server.store("example.com/good", { metadata: { namespace: "default", name: "x" } });
    assert.equal(await watch.next().catch(() => undefined), undefined);
    assert.equal((await server.send("GET", "/readyz")).code, 200);
  } finally {
    await server[Symbol.asyncDispose]();
  }
});

test("while a CRD goes, nothing new is made of it: it goes with the last object that was there", async () => {
  await using server = await InProcessServer.start();
  const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const things = "/apis/example.com/v1/namespaces/default/good";
  const apply = { type: "application/apply-patch+yaml" };
  assert.equal((await server.send("POST", crds, { body: good })).code, 201);
  const held = { metadata: { name: "held", finalizers: ["example.com/held"] } };
  assert.equal((await server.send("POST", things, { body: held })).code, 201);
  assert.equal((await server.send("DELETE", `${crds}/${goodKey}`)).code, 200);
  const refused = await server.send("POST", things, { body: { metadata: { name: "late" } } });
  assert.deepEqual(
    [refused.code, refused.json.message],
    [405, "create not allowed while custom resource definition is terminating"],
  );
  const late = { apiVersion: "example.com/v1", kind: "GOOD", metadata: { name: "late" } };
  assert.equal((await server.send("PATCH", `${things}/late?fieldManager=t`, { body: late, ...apply })).code, 405);
  const body = { metadata: { finalizers: null } };
  const freed = await server.send("PATCH", `${things}/held`, { body, type: "application/merge-patch+json" });
  assert.equal(freed.code, 200, freed.text);
  while (server.platform.store.latest(crdCollection, goodKey) !== undefined)
    await new Promise((resolve) => setImmediate(resolve));
});
