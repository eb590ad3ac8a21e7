/** Percona's own CRDs and manifests against ours. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { perconaManifests } from "@keelson/kube/testing";
import { parseAllDocuments } from "yaml";
import { type CustomResourceDefinition, customResourceDefinition } from "../crd/crd.ts";
import { postgresqlDefinitions } from "./definitions.ts";
import { type Difference, differences } from "./differences.ts";

const { folder, missing: skip } = perconaManifests("postgresql");

const theirs = skip === undefined ? crds() : new Map<string, CustomResourceDefinition>();

/** Percona's CRDs by kind. */
function crds(): Map<string, CustomResourceDefinition> {
  const documents = parseAllDocuments(readFileSync(`${folder}/crd.yaml`, "utf8"));
  return new Map(documents.map((document) => document.toJS()).map((crd) => [crd.spec.names.kind, crd]));
}

/** `path keyword` -> value, for everything in a value that is not a description. */
function flatten(value: unknown, path = "", into = new Map<string, string>()): Map<string, string> {
  for (const [key, inner] of Object.entries(value as Record<string, unknown>)) {
    if (key === "description" && typeof inner === "string") continue;
    if (key === "properties") {
      for (const [name, field] of Object.entries(inner as object)) flatten(field, `${path}.${name}`, into);
    } else if (key === "items" || key === "additionalProperties") {
      flatten(inner, `${path}${key === "items" ? "[]" : ".*"}`, into);
    } else {
      const sorted = key === "required" ? (inner as string[]).toSorted() : inner;
      into.set(`${path} ${key}`, canonical(sorted));
    }
  }
  return into;
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Everything of a CRD that its users can notice. */
function noticeable(crd: CustomResourceDefinition): Map<string, string> {
  const [version, ...more] = crd.spec.versions;
  assert.ok(version !== undefined && more.length === 0);
  const { openAPIV3Schema } = version.schema;
  const columns = (version.additionalPrinterColumns ?? []).map(({ description: _, ...column }) => column);
  const { group, names, scope } = crd.spec;
  const facts = { name: crd.metadata.name, labels: crd.metadata.labels, group, names, scope, columns };
  return new Map([
    ...Object.entries({ ...facts, version: version.name, subresources: version.subresources }).map(
      ([key, value]): [string, string] => [`(crd) ${key}`, canonical(value)],
    ),
    ...flatten(openAPIV3Schema),
  ]);
}

test("our CRDs accept, default, check and show what Percona's do", { skip }, () => {
  const found: string[] = [];
  for (const definition of postgresqlDefinitions) {
    const { kind } = definition.kind;
    const wanted = theirs.get(kind);
    assert.ok(wanted !== undefined, `Percona has ${kind}`);
    const [a, b] = [noticeable(wanted), noticeable(customResourceDefinition(definition))];
    for (const key of new Set([...a.keys(), ...b.keys()])) {
      if (a.get(key) !== b.get(key)) found.push(`${kind}${key}: ${a.get(key)} -> ${b.get(key)}`);
    }
  }
  const covers = ({ kind, path, keyword }: Difference, line: string): boolean =>
    line.startsWith(keyword === "added" ? `${kind}.${path}` : `${kind}.${path} ${keyword}:`);
  const unlisted = found.filter((line) => !differences.some((known) => covers(known, line)));
  assert.deepEqual(unlisted, [], "differences that differences.ts does not list");
  const gone = differences.filter((known) => !found.some((line) => covers(known, line)));
  assert.deepEqual(gone, [], "lines of differences.ts that are no difference");
});

test("every kind of theirs is served, or known not to be", { skip }, () => {
  const ours = new Set(postgresqlDefinitions.map(({ kind }) => kind.kind));
  const others = [...theirs.keys()].filter((kind) => !ours.has(kind));
  // Internals of their operator, in a group of their own: users are not meant to write them.
  assert.deepEqual(others.toSorted(), ["CrunchyBridgeCluster", "PGAdmin", "PGUpgrade", "PostgresCluster"]);
});
