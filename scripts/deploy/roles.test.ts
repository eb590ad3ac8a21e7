import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { kinds } from "@keelson/kube";
import type { Rule } from "./roles.ts";
import { operatorRules, programs } from "./roles.ts";

test("no role has a wildcard, and none may read what belongs to the machines", () => {
  for (const { name, rules } of programs) {
    for (const { apiGroups = [], resources = [], verbs } of rules) {
      for (const word of [...apiGroups, ...resources, ...verbs]) assert.notEqual(word, "*", name);
      for (const resource of resources) assert.ok(!/^(nodes|persistentvolumes)/.test(resource), `${name}: ${resource}`);
    }
  }
});

/** Whether one of the rules allows all verbs on a resource of the core group. */
const allows = (rules: readonly Rule[], resource: string, verbs: readonly string[]) =>
  verbs.every((verb) =>
    rules.some(
      (rule) => rule.apiGroups?.includes("") && rule.resources?.includes(resource) && rule.verbs.includes(verb),
    ),
  );

test("the operator has what it hands out to the pods of a cluster", () => {
  const handedOut = {
    endpoints: ["create", "deletecollection", "get", "list", "patch", "watch"],
    "endpoints/restricted": ["create"],
    pods: ["get", "list", "patch", "watch"],
    services: ["create"],
    "pods/exec": ["create", "get"],
  };
  for (const [resource, verbs] of Object.entries(handedOut))
    assert.ok(allows(operatorRules, resource, verbs), resource);
});

test("the operator may watch the kinds that its informers ask for, and may not even read any other of Kubernetes' own", () => {
  const world = readFileSync(join(import.meta.dirname, "../../packages/postgresql/src/runtime/world.ts"), "utf8");
  const named = [...world.matchAll(/\bkinds\.([A-Z]\w+)/g)].map((match) => match[1] as keyof typeof kinds);
  const percona = [...world.matchAll(/cache\.informer\(perconaPG(\w+)/g)].map(
    (match) => `perconapg${match[1]?.toLowerCase()}`,
  );
  const watched = [...named.map((name) => kinds[name].plural), ...percona].sort();
  assert.ok(watched.length > 10);
  const readable = operatorRules
    .filter(({ verbs }) => verbs.includes("list"))
    .flatMap(({ resources = [] }) => resources);
  assert.deepEqual([...new Set(readable)].sort(), [...new Set(watched)]);
});

test("the server can neither list Secrets nor enter pods", () => {
  const rules = programs.find(({ name }) => name === "keelson-server")?.rules ?? [];
  assert.ok(allows(rules, "secrets", ["get"]));
  for (const verb of ["list", "watch", "create", "patch"]) assert.ok(!allows(rules, "secrets", [verb]));
  assert.ok(!allows(rules, "pods/exec", ["create"]));
});
