/** Percona's CRDs as they are published: accepted, compiled quickly, and each of their rules judges both ways. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { perconaManifests } from "@keelson/kube/testing";
import { parseAllDocuments } from "yaml";
import { fieldErrorMessage } from "../field-error.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { SchemaNode } from "../schema-node.ts";
import { perconaRules } from "../testing/percona-rules.ts";
import { validateCrd } from "./check/index.ts";
import { compileCrd } from "./compile.ts";
import { defaultCrd } from "./default-crd.ts";
import { checkRules, compiledRules } from "./rules.ts";

const products = ["postgresql", "mongodb", "mysql", "xtradb-cluster"];

function crdsOf(product: string): JsonObject[] {
  const text = readFileSync(join(perconaManifests(product).folder, "crd.yaml"), "utf8");
  return parseAllDocuments(text)
    .map((document): unknown => document.toJS())
    .filter(isObject)
    .filter(({ kind }) => kind === "CustomResourceDefinition");
}

/** Nodes by the text of each of their rules, each run of white space as one blank. */
function collectRules(schema: SchemaNode, found: Map<string, Set<SchemaNode>>): void {
  const seen = new Set<SchemaNode>();
  const walk = (node: SchemaNode | undefined): void => {
    if (node === undefined || seen.has(node)) return;
    seen.add(node);
    for (const { rule } of node.validation?.rules ?? []) {
      const nodes = found.get(oneLine(rule)) ?? new Set();
      found.set(oneLine(rule), nodes.add(node));
    }
    for (const property of node.properties?.values() ?? []) walk(property);
    walk(node.items);
    walk(node.additionalProperties);
  };
  walk(schema);
}

const oneLine = (rule: string): string => rule.replace(/\s+/g, " ").trim();

describe("Percona's CRDs", {
  skip: products.map((product) => perconaManifests(product).missing).find((missing) => missing !== undefined),
}, () => {
  const crds: JsonObject[] = [];
  const rules = new Map<string, Set<SchemaNode>>();
  before(() => {
    for (const product of products) crds.push(...crdsOf(product));
  });

  test("each is accepted, and compiles in well under a second", () => {
    for (const crd of crds) {
      defaultCrd(crd);
      const began = performance.now();
      assert.deepEqual(validateCrd(crd).map(fieldErrorMessage), []);
      for (const { schema } of compileCrd(crd).versions.values()) collectRules(schema, rules);
      assert.ok(performance.now() - began < 2_000, "on a busy machine too");
    }
  });

  test("every rule compiles, and has its samples", () => {
    for (const [rule, nodes] of rules) {
      assert.ok(perconaRules[rule], rule);
      for (const node of nodes) {
        for (const { error, messageError } of compiledRules(node, false))
          assert.equal(error ?? messageError, undefined, rule);
      }
    }
    assert.deepEqual(
      Object.keys(perconaRules).filter((rule) => !rules.has(rule)),
      [],
    );
  });

  for (const [rule, { good, bad }] of Object.entries(perconaRules)) {
    test(`judges both ways: ${rule}`, () => {
      for (const node of rules.get(rule) ?? []) {
        const own = (node.validation?.rules ?? []).filter((other) => oneLine(other.rule) === rule);
        const only = alone({ ...node, validation: { rules: own } });
        for (const [self, old] of good) assert.deepEqual(verdicts(only, self, old), [], JSON.stringify(self));
        for (const [self, old] of bad) assert.equal(verdicts(only, self, old).length, own.length, JSON.stringify(self));
      }
    });
  }
});

/** A node whose parts have no rules, so that only its own are run; in a field, so that it is not taken for a resource. */
function alone(node: SchemaNode): SchemaNode {
  const bare = (child: SchemaNode): SchemaNode => ({
    ...child,
    validation: undefined,
    properties:
      child.properties === undefined
        ? undefined
        : new Map([...child.properties].map(([name, field]) => [name, bare(field)])),
    items: child.items === undefined ? undefined : bare(child.items),
    additionalProperties: child.additionalProperties === undefined ? undefined : bare(child.additionalProperties),
  });
  return { type: "object", properties: new Map([["value", { ...bare(node), validation: node.validation }]]) };
}

function verdicts(root: SchemaNode, self: unknown, old: unknown): readonly string[] {
  return checkRules({ value: self }, root, old === undefined ? undefined : { value: old }).map(fieldErrorMessage);
}
