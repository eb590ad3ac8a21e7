/** The bundle against API servers: every object is accepted as it is, with unknown fields refused. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import type { KubeObject } from "@keelson/kube";
import { apiServerMissing, discoverKind, startApiServer, type TestApiServer } from "@keelson/kube/testing";
import { parseAllDocuments } from "yaml";

const bundle = readFileSync(resolve(import.meta.dirname, "../../deploy/bundle.yaml"), "utf8");
const objects = parseAllDocuments(bundle).map((document): KubeObject => document.toJS());

/** Kinds of which Kubernetes writes a new version at every apply, whether or not it changes anything. */
const restless = new Set(["CustomResourceDefinition", "PersistentVolumeClaim"]);

for (const real of [false, true]) {
  describe(real ? "kube-apiserver" : "our API server", { skip: apiServerMissing({ real }) }, () => {
    let server: TestApiServer;
    before(async () => {
      server = await startApiServer({ real });
    });
    after(() => server?.stop());

    test("the bundle applies, and applying it again changes nothing", async () => {
      const versions = new Map<string, string>();
      for (const round of [1, 2]) {
        for (const object of objects) {
          const kind = await discoverKind(server.client, {
            apiVersion: object.apiVersion ?? "",
            kind: object.kind ?? "",
          });
          assert.ok(kind !== undefined, `${object.apiVersion} ${object.kind}`);
          const applied = await server.client.apply(kind, object, { fieldManager: "test", fieldValidation: "Strict" });
          const id = `${object.kind} ${object.metadata?.name}`;
          const { resourceVersion } = applied.metadata;
          if (round === 1) versions.set(id, resourceVersion);
          else if (!restless.has(object.kind ?? "")) assert.equal(resourceVersion, versions.get(id), id);
        }
      }
    });
  });
}
