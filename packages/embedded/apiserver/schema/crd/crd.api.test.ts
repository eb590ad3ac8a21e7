/** CRDs and custom resources, good and bad: our API server beside a real kube-apiserver, the same requests, the same answers. */
import { after, before, describe, test } from "node:test";
import { type Step, TwoServers, twoServersMissing } from "../testing/two-servers.ts";

const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const text = { type: "string" };
let made = 0;

function crd(schema: object | undefined, spec: object = {}, version: object = {}): object {
  const plural = `things${String.fromCharCode(97 + Math.floor(made / 26))}${String.fromCharCode(97 + (made++ % 26))}`;
  const names = { plural, kind: `T${plural.slice(1)}Kind` };
  const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version }];
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.example.com` },
    spec: { group: "example.com", scope: "Namespaced", names, versions, ...spec },
  };
}

const post = (body: object): Step => ({ method: "POST", path: crds, body });
const withSpec = (properties: object, rest: object = {}): object => ({
  type: "object",
  properties: { spec: { type: "object", properties, ...rest } },
});
const field = (schema: object): Step => post(crd(withSpec({ a: schema })));
const rules = (...list: object[]): object => ({ "x-kubernetes-validations": list });
const rule = (source: object): Step => post(crd(withSpec({ a: text }, rules(source))));
const list = (items: object, type: string, keys?: string[]): object => ({
  type: "array",
  items,
  "x-kubernetes-list-type": type,
  ...(keys !== undefined && { "x-kubernetes-list-map-keys": keys }),
});

const badFields: readonly object[] = [
  {},
  { type: "foo" },
  { type: "null" },
  { type: "array" },
  { type: "array", items: {} },
  { type: "object", properties: { x: text }, additionalProperties: text },
  { type: "object", properties: { x: text }, additionalProperties: false },
  { type: "string", default: 1 },
  { type: "object", properties: { x: text }, default: { y: 1 } },
  { type: "string", pattern: "(" },
  { type: "string", pattern: "(?=x)" },
  list(text, "map"),
  list({ type: "object", properties: { x: text } }, "map", ["x"]),
  list({ type: "object", properties: { x: text } }, "map", ["y"]),
  list({ type: "object", properties: { x: text } }, "set"),
  list(text, "heap"),
  { type: "string", "x-kubernetes-list-type": "set" },
  { type: "string", "x-kubernetes-map-type": "atomic" },
  { type: "object", "x-kubernetes-embedded-resource": true },
  { type: "string", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
  { "x-kubernetes-int-or-string": true, "x-kubernetes-preserve-unknown-fields": true },
  { type: "object", "x-kubernetes-preserve-unknown-fields": false },
  { type: "string", anyOf: [{ type: "string" }] },
  { type: "object", allOf: [{ description: "x", default: 1, nullable: true }], properties: {} },
  { type: "string", uniqueItems: true },
  { type: "string", $ref: "#/x" },
];

const badRules: readonly object[] = [
  { rule: "self.b == 'x'" },
  { rule: "self.a" },
  { rule: "self.a == 1" },
  { rule: "" },
  { rule: "true", message: " " },
  { rule: "true", message: "a\nb" },
  { rule: "tr\nue" },
  { rule: "true", reason: "Nope" },
  { rule: "true", fieldPath: ".zzz" },
  { rule: "true", messageExpression: "1" },
  { rule: "true", optionalOldSelf: true },
  { rule: "self.a.foo()" },
  { rule: "bar(self)" },
  { rule: "self.a ==" },
];

const widget = crd(
  withSpec(
    {
      size: { type: "integer", minimum: 1, maximum: 9, default: 3 },
      mode: { type: "string", enum: ["fast", "safe"], default: "safe" },
      name: { type: "string", maxLength: 5, minLength: 2, pattern: "^[a-z]+$" },
      ratio: { type: "number", multipleOf: 0.5, minimum: 0, exclusiveMinimum: true },
      port: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
      at: { type: "string", format: "date-time" },
      ip: { type: "string", format: "ipv4" },
      note: { type: "string", nullable: true },
      free: {
        type: "object",
        "x-kubernetes-preserve-unknown-fields": true,
        properties: { known: { type: "object", properties: { a: text } } },
      },
      labels: { type: "object", additionalProperties: text, maxProperties: 2 },
      template: {
        type: "object",
        "x-kubernetes-embedded-resource": true,
        "x-kubernetes-preserve-unknown-fields": true,
      },
      tags: { ...list(text, "set"), maxItems: 3 },
      parts: {
        ...list(
          {
            type: "object",
            required: ["id"],
            properties: { id: text, size: { type: "integer", default: 1 }, fixed: { type: "string", maxLength: 10 } },
            ...rules({ rule: "self.fixed == oldSelf.fixed", message: "fixed may not change" }),
          },
          "map",
          ["id"],
        ),
        maxItems: 10,
      },
      nested: { type: "object", default: {}, properties: { on: { type: "boolean", default: true } } },
      one: { type: "object", properties: { a: text, b: text }, oneOf: [{ required: ["a"] }, { required: ["b"] }] },
      quantity: { type: "string", maxLength: 20, ...rules({ rule: "isQuantity(self)", message: "not a quantity" }) },
    },
    rules(
      {
        rule: "!has(self.name) || self.name != 'root'",
        message: "root is taken",
        reason: "FieldValueForbidden",
        fieldPath: ".name",
      },
      { rule: "self.size < 9", messageExpression: "'size is too big'" },
      { rule: "!has(oldSelf.port) || self.port == oldSelf.port", message: "port is immutable" },
    ),
  ),
  { names: { plural: "widgets", kind: "Widget" } },
  { subresources: { scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" } } },
);
Object.assign(widget, { metadata: { name: "widgets.example.com" } });

const widgets = "/apis/example.com/v1/namespaces/default/widgets";
const specs: readonly unknown[] = [
  {},
  { size: "1" },
  { size: 0 },
  { size: 10 },
  { size: 2.5 },
  { size: 9 },
  { mode: "x" },
  { mode: 1 },
  { mode: null },
  { name: "toolong" },
  { name: "a" },
  { name: "A1" },
  { name: "root" },
  { ratio: 0.3 },
  { ratio: 1.5 },
  { port: "x" },
  { port: 1.5 },
  { port: true },
  { at: "today" },
  { at: "2026-01-01T00:00:00Z" },
  { ip: "999" },
  { note: null, name: null },
  { labels: { a: "1", b: "2", c: "3" } },
  { labels: { a: 1 } },
  { tags: ["a", "a"] },
  { tags: ["a", "b", "c", "d"] },
  { parts: [{ id: "a" }, { id: "a" }] },
  { parts: [{}] },
  { parts: [{ id: "a", zzz: 1 }] },
  { template: { kind: "X" } },
  { template: { apiVersion: "v1", kind: "Pod", metadata: { name: "x", bogus: 1 }, spec: { a: 1 } } },
  { extra: 1, free: { x: [{ y: 1 }], known: { a: "1", b: "2" } } },
  { one: {} },
  { one: { a: "1", b: "2" } },
  { one: { a: "1" } },
  { quantity: "10x" },
  { quantity: "10Gi" },
  [],
  "x",
];

describe("custom resources on two servers", { skip: twoServersMissing() }, () => {
  let two: TwoServers;
  before(async () => {
    two = await TwoServers.start();
  });
  after(() => two.stop());

  test("schemas that are refused", () => two.same(badFields.map(field)));

  test("rules that are refused", () => two.same(badRules.map(rule)));

  test("names, scopes, columns and paths that are refused", () => {
    const column = (name: string, type: string, jsonPath: string) => ({ name, type, jsonPath });
    const good = withSpec({ a: text });
    return two.same([
      post(crd(good, { names: { plural: "Upper", kind: "Upper" } })),
      post(crd(good, { group: "nodots" })),
      post(crd(good, { scope: "Sometimes" })),
      post(crd(good, {}, { additionalPrinterColumns: [column("x", "text", ".spec.a"), column("", "string", "")] })),
      post(crd(good, {}, { subresources: { scale: { specReplicasPath: ".status.x", statusReplicasPath: "" } } })),
      post(crd({ type: "object", nullable: true })),
      post(
        crd({
          type: "object",
          properties: {
            metadata: { type: "object", properties: { labels: { type: "object", additionalProperties: text } } },
          },
        }),
      ),
      post(crd({ type: "string" })),
      post(crd(undefined)),
      post(
        crd(
          good,
          {},
          { selectableFields: [{ jsonPath: ".spec.a" }, { jsonPath: ".spec.a" }, { jsonPath: ".spec.zz" }] },
        ),
      ),
      post(crd(good, { conversion: { strategy: "Webhook" } })),
      post(crd(good, { preserveUnknownFields: true })),
    ]);
  });

  test("objects: defaulted, pruned, judged", async () => {
    await two.ask(post(widget));
    await two.until({ method: "GET", path: widgets }, ({ status }) => status === 200);
    const body = (spec: unknown, index: number) => ({
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: `w${index}` },
      spec,
    });
    await two.same(specs.map((spec, index) => ({ method: "POST", path: widgets, body: body(spec, index) })));
    const strict = `${widgets}?fieldValidation=Strict`;
    await two.same([
      { method: "POST", path: strict, body: body({ extra: 1, parts: [{ id: "a", zzz: 1 }] }, 100) },
      {
        method: "POST",
        path: strict,
        body: JSON.stringify(body({ size: 1 }, 101)).replace('"size":1', '"size":1,"size":2'),
      },
    ]);
  });

  test("changes: transition rules, and what was wrong before", async () => {
    const spec = { size: 2, port: 80, parts: [{ id: "a", fixed: "1" }] };
    const body = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "changed" }, spec };
    const change = (patch: object): Step => ({
      method: "PATCH",
      path: `${widgets}/changed?fieldManager=m`,
      type: "application/merge-patch+json",
      body: { spec: patch },
    });
    await two.same([
      { method: "POST", path: widgets, body },
      change({ port: 81 }),
      change({ parts: [{ id: "a", fixed: "2" }] }),
      change({
        parts: [
          { id: "b", fixed: "2" },
          { id: "a", fixed: "1" },
        ],
      }),
      change({ size: 3 }),
      change({ size: 9 }),
      {
        method: "PATCH",
        path: `${widgets}/changed/scale?fieldManager=m`,
        type: "application/merge-patch+json",
        body: { spec: { replicas: 4 } },
      },
      { method: "GET", path: `${widgets}/changed/scale` },
    ]);
  });
});
