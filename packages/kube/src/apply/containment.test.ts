import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { differences } from "./containment.ts";

const contains = (live: unknown, wanted: unknown): boolean => differences(wanted, live).length === 0;

describe("containment", () => {
  const cases: { name: string; wanted: unknown; live: unknown; contained: boolean }[] = [
    { name: "defaults may be added", wanted: { a: 1 }, live: { a: 1, b: 2 }, contained: true },
    { name: "a changed value is seen", wanted: { a: 1 }, live: { a: 2 }, contained: false },
    { name: "a missing value is seen", wanted: { a: { b: "x" } }, live: { a: {} }, contained: false },
    {
      name: "what Kubernetes leaves out is no difference",
      wanted: { a: false, b: 0, c: "", d: [], e: {} },
      live: {},
      contained: true,
    },
    { name: "but another value there is", wanted: { a: false }, live: { a: true }, contained: false },
    {
      name: "a list that is one value must not grow",
      wanted: { args: ["a"] },
      live: { args: ["a", "b"] },
      contained: false,
    },
    { name: "nor change its order", wanted: { args: ["a", "b"] }, live: { args: ["b", "a"] }, contained: false },
    { name: "sets may grow", wanted: { finalizers: ["a"] }, live: { finalizers: ["b", "a"] }, contained: true },
    { name: "sets must not shrink", wanted: { finalizers: ["a"] }, live: { finalizers: ["b"] }, contained: false },
    {
      name: "injected containers are others' business",
      wanted: { containers: [{ name: "a", image: "x" }] },
      live: {
        containers: [{ name: "proxy" }, { name: "a", image: "x", terminationMessagePath: "/dev/termination-log" }],
      },
      contained: true,
    },
    {
      name: "a container's changed image is ours",
      wanted: { containers: [{ name: "a", image: "x" }] },
      live: { containers: [{ name: "a", image: "y" }] },
      contained: false,
    },
    {
      name: "ports with one number and two protocols",
      wanted: {
        ports: [
          { port: 53, protocol: "TCP" },
          { port: 53, protocol: "UDP" },
        ],
      },
      live: {
        ports: [
          { port: 53, protocol: "UDP", targetPort: 53 },
          { port: 53, protocol: "TCP", targetPort: 53 },
        ],
      },
      contained: true,
    },
    {
      name: "one of two such ports is missing",
      wanted: {
        ports: [
          { port: 53, protocol: "TCP" },
          { port: 53, protocol: "UDP" },
        ],
      },
      live: { ports: [{ port: 53, protocol: "UDP" }] },
      contained: false,
    },
    {
      name: "quantities by value",
      wanted: { resources: { limits: { cpu: "1000m", memory: "1024Mi" } } },
      live: { resources: { limits: { cpu: "1", memory: "1Gi" } } },
      contained: true,
    },
    {
      name: "labels that look like quantities by text",
      wanted: { labels: { a: "1000m" } },
      live: { labels: { a: "1" } },
      contained: false,
    },
    {
      name: "rules are one value each",
      wanted: { rules: [{ verbs: ["get"] }] },
      live: { rules: [{ verbs: ["get"] }, { verbs: ["list"] }] },
      contained: false,
    },
  ];
  for (const { name, wanted, live, contained } of cases) {
    test(name, () => assert.equal(contains(live, wanted), contained));
  }

  test("a difference names its place", () => {
    const wanted = { spec: { containers: [{ name: "a", image: "x" }] } };
    const live = { spec: { containers: [{ name: "a", image: "y" }] } };
    assert.deepEqual(differences(wanted, live), [{ path: "spec.containers[0].image", wanted: "x", live: "y" }]);
  });

  const json = fc.jsonValue({ maxDepth: 4 });
  test("property: everything contains itself", () => {
    fc.assert(
      fc.property(json, (value) => contains(value, structuredClone(value))),
      // A field whose name every object of JavaScript has.
      { examples: [[{ valueOf: [] }]] },
    );
  });

  test("property: a field added by another is no difference, a changed one is", () => {
    const fields = fc.dictionary(fc.stringMatching(/^[a-z]{3}$/), fc.integer({ min: 1 }), { minKeys: 1 });
    fc.assert(
      fc.property(fields, (wanted) => {
        assert.ok(contains({ ...wanted, addedByOthers: true }, wanted));
        const [name = ""] = Object.keys(wanted);
        assert.ok(!contains({ ...wanted, [name]: -1 }, wanted));
      }),
    );
  });
});
