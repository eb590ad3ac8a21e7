/** The examples of the guide: each is accepted as it is by both API servers. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type KubeObject, kinds } from "@keelson/kube";
import { apiServerMissing, discoverKind, startApiServer, type TestApiServer, until } from "@keelson/kube/testing";
import { parseAllDocuments } from "yaml";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const documents = (file: string) =>
  parseAllDocuments(readFileSync(file, "utf8")).map((document): KubeObject => document.toJS());
const examples = globSync(`${root}/docs/examples/*/*.yaml`).toSorted();
const namespace = "examples";

for (const real of [false, true]) {
  describe(real ? "kube-apiserver" : "our API server", { skip: apiServerMissing({ real }) }, () => {
    let server: TestApiServer;
    before(async () => {
      server = await startApiServer({ real });
      const { client } = server;
      await client.create(kinds.Namespace, { metadata: { name: namespace } });
      for (const file of globSync(`${root}/deploy/crds/*.yaml`)) {
        for (const crd of documents(file)) {
          const { apiVersion = "", kind = "" } = crd;
          const crdKind = await discoverKind(client, { apiVersion, kind });
          assert.ok(crdKind !== undefined);
          await client.apply(crdKind, crd);
        }
      }
    });
    after(() => server?.stop());

    for (const file of examples) {
      test(basename(file), async () => {
        for (const object of documents(file)) {
          const { apiVersion = "", kind = "" } = object;
          const { client } = server;
          // A CRD is served a moment after it is stored.
          const found = await until("the kind is served", () => discoverKind(client, { apiVersion, kind }));
          const wanted = { ...object, metadata: { ...object.metadata, namespace } };
          await client.create(found, wanted, { dryRun: true, fieldValidation: "Strict" });
        }
      });
    }
  });
}
