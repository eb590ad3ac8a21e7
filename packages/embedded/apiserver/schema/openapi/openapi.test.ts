import assert from "node:assert/strict";
import { test } from "node:test";
import { compileCrd } from "../crd/index.ts";
import { getPath, isArray, isObject } from "../json.ts";
import { openApiV2Protobuf, openApiV3, openApiV3Index, type ServedResource } from "./index.ts";

const verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
const pods: ServedResource = {
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  namespaced: true,
  verbs,
  subresources: ["status", "log"],
};
const pod = "io.k8s.api.core.v1.Pod";

/** Every `$ref` in a document, by the name that it points to. */
function references(value: unknown, found = new Set<string>()): Set<string> {
  if (isArray(value)) for (const item of value) references(item, found);
  if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      if (name === "$ref") found.add(String(inner).replace("#/components/schemas/", ""));
      else references(inner, found);
    }
  }
  return found;
}

test("a document has all that it refers to, and kinds are marked", () => {
  const document = openApiV3({ group: "", version: "v1" }, [pods]);
  const schemas = getPath(document, "components", "schemas");
  assert.ok(isObject(schemas));
  for (const name of references(document)) assert.ok(schemas[name], name);
  assert.deepEqual(getPath(schemas, pod, "x-kubernetes-group-version-kind"), [
    { group: "", kind: "Pod", version: "v1" },
  ]);
  const containers = getPath(schemas, "io.k8s.api.core.v1.PodSpec", "properties", "containers");
  assert.deepEqual(containers, {
    type: "array",
    items: { $ref: "#/components/schemas/io.k8s.api.core.v1.Container" },
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    "x-kubernetes-patch-merge-key": "name",
    "x-kubernetes-patch-strategy": "merge",
  });
});

test("clients find the query parameters of a write", () => {
  const document = openApiV3({ group: "", version: "v1" }, [pods]);
  const patch = getPath(document, "paths", "/api/v1/namespaces/{namespace}/pods/{name}", "patch");
  const parameters = getPath(patch, "parameters");
  const names = isArray(parameters) ? parameters.map((parameter) => getPath(parameter, "name")) : [];
  assert.deepEqual(names, ["dryRun", "fieldManager", "fieldValidation", "force"]);
  assert.equal(getPath(patch, "x-kubernetes-action"), "patch");
});

test("a CRD's own schema is shown whole, with the fields of every object", () => {
  const openAPIV3Schema = {
    type: "object",
    description: "A thing.",
    properties: {
      spec: {
        type: "object",
        properties: {
          template: {
            type: "object",
            "x-kubernetes-embedded-resource": true,
            "x-kubernetes-preserve-unknown-fields": true,
          },
        },
      },
    },
  };
  const names = { kind: "Thing", plural: "things" };
  const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }];
  const compiled = compileCrd({ spec: { group: "a.example.com", scope: "Cluster", names, versions } });
  const things: ServedResource = {
    group: "a.example.com",
    version: "v1",
    kind: "Thing",
    plural: "things",
    namespaced: false,
    verbs,
    subresources: [],
    crd: { openAPIV3Schema, compiled },
  };
  const document = openApiV3({ group: "a.example.com", version: "v1" }, [things]);
  const schema = getPath(document, "components", "schemas", "com.example.a.v1.Thing");
  assert.equal(getPath(schema, "description"), "A thing.");
  const metadata = { allOf: [{ $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" }] };
  assert.deepEqual(getPath(schema, "properties", "metadata"), metadata);
  assert.deepEqual(getPath(schema, "properties", "spec", "properties", "template", "properties", "metadata"), metadata);
  assert.equal(
    Object.hasOwn(openAPIV3Schema.properties.spec.properties.template, "properties"),
    false,
    "the CRD is not changed",
  );
});

test("the index names each document with its hash", () => {
  assert.deepEqual(openApiV3Index([{ path: "api/v1", hash: "AB" }]), {
    paths: { "api/v1": { serverRelativeURL: "/openapi/v3/api/v1?hash=AB" } },
  });
});

test("the protobuf form begins as an openapi.v2 document and names the kinds", () => {
  const bytes = openApiV2Protobuf([pods]);
  assert.deepEqual([...bytes.subarray(0, 5)], [0x0a, 3, 0x32, 0x2e, 0x30]);
  assert.match(bytes.toString("latin1"), /fieldValidation/);
  assert.match(bytes.toString("latin1"), /kind: Pod/);
});
