import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fieldErrorMessage } from "../field-error.ts";
import { clone, type JsonObject } from "../json.ts";
import { compileCrd } from "./compile.ts";
import type { CompiledVersion } from "./types.ts";

const specSchema: JsonObject = {
  type: "object",
  required: ["size"],
  properties: {
    size: { type: "integer", minimum: 1, maximum: 9, default: 3 },
    mode: { type: "string", enum: ["fast", "safe"], default: "safe" },
    name: { type: "string", maxLength: 5, minLength: 2, pattern: "^[a-z]+$" },
    ratio: { type: "number", multipleOf: 0.5, minimum: 0, exclusiveMinimum: true },
    port: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
    at: { type: "string", format: "date-time" },
    note: { type: "string", nullable: true },
    free: {
      type: "object",
      "x-kubernetes-preserve-unknown-fields": true,
      properties: { known: { type: "object", properties: { a: { type: "string" } } } },
    },
    labels: { type: "object", additionalProperties: { type: "string" }, maxProperties: 2 },
    template: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
    tags: { type: "array", "x-kubernetes-list-type": "set", maxItems: 3, items: { type: "string" } },
    parts: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["id"],
      items: {
        type: "object",
        required: ["id"],
        properties: { id: { type: "string" }, size: { type: "integer", default: 1 }, fixed: { type: "string" } },
        "x-kubernetes-validations": [{ rule: "self.fixed == oldSelf.fixed", message: "fixed may not change" }],
      },
    },
    nested: { type: "object", default: {}, properties: { on: { type: "boolean", default: true } } },
  },
  "x-kubernetes-validations": [
    {
      rule: "!has(self.name) || self.name != 'root'",
      message: "root is taken",
      reason: "FieldValueForbidden",
      fieldPath: ".name",
    },
    { rule: "self.size < 9", messageExpression: "'size is ' + string(self.size)" },
  ],
};

function compiled(schema: JsonObject = specSchema): CompiledVersion {
  const crd = {
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", properties: { spec: schema, status: { type: "object" } } } },
          subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" } },
          additionalPrinterColumns: [
            { name: "Size", type: "integer", jsonPath: ".spec.size" },
            { name: "Ready", type: "string", jsonPath: ".status.conditions[?(@.type=='Ready')].status" },
            { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
          ],
        },
      ],
    },
  };
  const version = compileCrd(crd).versions.get("v1");
  assert.ok(version);
  return version;
}

const version = compiled();
const thing = (spec: JsonObject): JsonObject => ({
  apiVersion: "example.com/v1",
  kind: "Thing",
  metadata: { name: "x" },
  spec,
});
const errors = (spec: JsonObject, old?: JsonObject): string[] =>
  version.validate(thing(spec), old === undefined ? undefined : thing(old)).map(fieldErrorMessage);

test("defaults fill what is missing, and nulls that may not be", () => {
  const object = thing({ size: null, parts: [{ id: "a" }], note: null, name: null } as JsonObject);
  version.default(object);
  assert.deepEqual(object["spec"], {
    size: 3,
    mode: "safe",
    parts: [{ id: "a", size: 1 }],
    note: null,
    nested: { on: true },
  });
});

test("unknown fields are pruned and named", () => {
  const object = thing({
    size: 1,
    extra: 1,
    parts: [{ id: "a", x: {} }],
    free: { any: [{ thing: 1 }], known: { a: "1", b: "2" } },
    template: { a: 1 },
  });
  assert.deepEqual(version.prune(object), ["spec.extra", "spec.free.known.b", "spec.parts[0].x"]);
  assert.deepEqual(object["spec"], {
    size: 1,
    parts: [{ id: "a" }],
    free: { any: [{ thing: 1 }], known: { a: "1" } },
    template: { a: 1 },
  });
});

const invalid: readonly [spec: JsonObject, wanted: readonly string[]][] = [
  [{}, ["spec.size: Required value"]],
  [
    { size: "1" },
    [
      'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
      ".spec.size: Invalid value: 0: .spec.size accessor error: 1 is of the type string, expected int64",
    ],
  ],
  [{ size: 0 }, ["spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1"]],
  [{ size: 1, mode: "x" }, ['spec.mode: Unsupported value: "x": supported values: "fast", "safe"']],
  [{ size: 1, name: "toolong" }, ["spec.name: Too long: may not be more than 5 bytes"]],
  [{ size: 1, name: "a" }, ['spec.name: Invalid value: "a": spec.name in body should be at least 2 chars long']],
  [{ size: 1, name: "A1" }, ["spec.name: Invalid value: \"A1\": spec.name in body should match '^[a-z]+$'"]],
  [{ size: 1, ratio: 0.3 }, ["spec.ratio: Invalid value: 0.3: spec.ratio in body should be a multiple of 0.5"]],
  [{ size: 1, ratio: -0.5 }, ["spec.ratio: Invalid value: -0.5: spec.ratio in body should be greater than 0"]],
  [{ size: 1, at: "today" }, ['spec.at: Invalid value: "today": spec.at in body must be of type date-time: "today"']],
  [{ size: 1, labels: { a: "1", b: "2", c: "3" } }, ["spec.labels: Too many: 3: must have at most 2 items"]],
  [{ size: 1, tags: ["a", "a"] }, ['spec.tags[1]: Duplicate value: "a"']],
  [{ size: 1, parts: [{ id: "a" }, { id: "a" }] }, ['spec.parts[1]: Duplicate value: {"id":"a"}']],
  [{ size: 1, template: { kind: "X" } }, ["spec.template.apiVersion: Required value"]],
  [{ size: 1, name: "root" }, ["spec.name: Forbidden: root is taken"]],
  [{ size: 9 }, ['spec: Invalid value: "object": size is 9']],
];

for (const [spec, wanted] of invalid) {
  test(`refuses ${JSON.stringify(spec)}`, () => {
    const found = errors(spec).filter((message) => !message.includes("some validation rules were not checked"));
    assert.deepEqual(found, wanted);
  });
}

test("rules are not run on an object of the wrong shape, and that is said", () => {
  assert.match(errors({}).at(-1) ?? "", /^<nil>: Invalid value: null: some validation rules were not checked/);
});

test("transition rules compare items of a keyed list, and only those that were there before", () => {
  const old = {
    size: 1,
    parts: [
      { id: "a", fixed: "1" },
      { id: "b", fixed: "1" },
    ],
  };
  const changed = {
    size: 1,
    parts: [
      { id: "new", fixed: "9" },
      { id: "b", fixed: "2" },
      { id: "a", fixed: "1" },
    ],
  };
  assert.deepEqual(errors(changed, old), ['spec.parts[1]: Invalid value: "object": fixed may not change']);
});

test("what was invalid before and did not change is let be", () => {
  assert.deepEqual(errors({ size: 1, name: "TOO LONG", mode: "fast" }, { size: 1, name: "TOO LONG" }), []);
  assert.equal(errors({ size: 1, name: "TOO LONG2" }, { size: 1, name: "TOO LONG" }).length > 0, true);
});

test("columns are read by JSONPath", () => {
  const object = {
    ...thing({ size: 4 }),
    status: { conditions: [{ type: "Ready", status: "True" }] },
    metadata: { creationTimestamp: "2026-11-21T08:00:00Z" },
  };
  const now = Date.parse("2026-11-21T08:05:30Z");
  assert.deepEqual(
    version.columns.map((column) => column.cell(object, now)),
    [4, "True", "5m30s"],
  );
  assert.deepEqual(
    version.columns.map((column) => column.cell({}, now)),
    [null, null, null],
  );
  assert.equal(version.scale?.specReplicasPath, ".spec.size");
});

test("equal schemas are one object", () => {
  const spec = () => compiled(clone(specSchema)).schema.properties?.get("spec");
  assert.equal(spec(), spec());
});

const anySpec = fc.dictionary(
  fc.constantFrom(...Object.keys(specSchema["properties"] as JsonObject), "x", "y"),
  fc.jsonValue() as fc.Arbitrary<unknown>,
  { noNullPrototype: true },
);

test("defaulting and pruning twice is the same as once, and nothing throws", () => {
  fc.assert(
    fc.property(anySpec, (spec) => {
      const object = thing(clone(spec));
      version.default(object);
      version.prune(object);
      const once = clone(object);
      version.default(object);
      assert.deepEqual(version.prune(object), []);
      assert.deepEqual(object, once);
      version.validate(object);
      version.validate(object, thing(clone(spec)));
    }),
  );
});
