import assert from "node:assert/strict";
import { test } from "node:test";
import { compileJsonPath, JsonPathError } from "./json-path.ts";

const root = {
  spec: { replicas: 2, "a.b": "dotted", list: [1, 2, 3] },
  status: {
    conditions: [
      { type: "Ready", status: "True", n: 1 },
      { type: "Synced", status: "False", n: 2 },
    ],
  },
  metadata: { labels: { "app.kubernetes.io/name": "x" } },
};

const paths: readonly [path: string, wanted: unknown[]][] = [
  [".spec.replicas", [2]],
  ["{.spec.replicas}", [2]],
  ["$.spec.replicas", [2]],
  [".spec.none.deeper", []],
  [".spec['a.b']", ["dotted"]],
  [".metadata.labels.app\\.kubernetes\\.io/name", ["x"]],
  [".spec.list[0]", [1]],
  [".spec.list[-1]", [3]],
  [".spec.list[1:]", [2, 3]],
  [".spec.list[0:2]", [1, 2]],
  [".spec.list[*]", [1, 2, 3]],
  [".spec.list[0,2]", [1, 3]],
  [".status.conditions[?(@.type=='Ready')].status", ["True"]],
  ['.status.conditions[?(@.type=="Synced")].status', ["False"]],
  [".status.conditions[?(@.n>1)].type", ["Synced"]],
  [".status.conditions[?(@.type!='Ready')].type", ["Synced"]],
  [".status.conditions[?(@.missing)].type", []],
  [".status.conditions[*].type", ["Ready", "Synced"]],
  ["..status", [root.status, "True", "False"]],
];

for (const [path, wanted] of paths) {
  test(path, () => assert.deepEqual(compileJsonPath(path).find(root), wanted));
}

for (const path of [".spec[", ".spec[x]", "."].slice(0, 2)) {
  test(`refuses ${path}`, () => assert.throws(() => compileJsonPath(path), JsonPathError));
}
