import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalQuantities } from "./canonical-quantities.ts";
import {
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  thousandths,
  wholeUnits,
} from "./quantity.ts";

const quantity = fc
  .tuple(
    fc.constantFrom("", "-", "+"),
    fc.oneof(
      fc.nat(99_999).map(String),
      fc.tuple(fc.nat(9999), fc.nat(999)).map(([a, b]) => `${a}.${b}`),
    ),
    fc.constantFrom("", "Ki", "Mi", "Gi", "Ti", "m", "u", "k", "M", "G", "e3", "E-2"),
  )
  .map((parts) => parts.join(""));

test("quantities are written as Kubernetes writes them", () => {
  const cases: [string | number, string][] = [
    ["0.5", "500m"],
    ["1000m", "1"],
    ["1500m", "1500m"],
    [2, "2"],
    [0.1, "100m"],
    ["1000", "1k"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["0.5Ki", "512"],
    ["1000Ki", "1000Ki"],
    ["1e3", "1e3"],
    ["1E3", "1e3"],
    ["100e-3", "100e-3"],
    ["0", "0"],
    ["-1.5", "-1500m"],
    ["1Ei", "1Ei"],
    [".25", "250m"],
    ["0.1Ki", "102400m"],
    ["0.0000000001", "1n"],
    ["12345678901234567890", "12345678901234567890"],
  ];
  for (const [given, expected] of cases) assert.equal(canonicalQuantity(given), expected, String(given));
});

test("what is no quantity is left as it is", () => {
  for (const text of ["", "1 Gi", "Gi", "1gi", "1e", "0x1", "--1", "1.2.3"]) {
    assert.equal(parseQuantity(text), undefined);
    assert.equal(canonicalQuantity(text), text);
  }
  assert.throws(() => wholeUnits("1 Gi"), /1 Gi is not a quantity/);
});

test("writing an amount again changes neither it nor its text", () => {
  fc.assert(
    fc.property(quantity, (text) => {
      const once = canonicalQuantity(text);
      assert.equal(canonicalQuantity(once), once);
      assert.equal(parseQuantity(once)?.nano, parseQuantity(text)?.nano);
    }),
  );
});

test("comparison is a total order that agrees with numbers", () => {
  fc.assert(
    fc.property(quantity, quantity, (a, b) => {
      assert.equal(compareQuantities(a, b), -compareQuantities(b, a) + 0);
      const [x, y] = [parseQuantity(a), parseQuantity(b)];
      assert.ok(x && y);
      if (formatQuantity(x) === formatQuantity(y)) assert.equal(compareQuantities(a, b), 0);
    }),
  );
  assert.ok(compareQuantities("1Gi", "1G") > 0);
  assert.equal(compareQuantities("1Gi", 1024 ** 3), 0);
});

test("whole units and thousandths round up", () => {
  assert.equal(wholeUnits("1Gi"), 1024 ** 3);
  assert.equal(wholeUnits("1500m"), 2);
  assert.equal(thousandths("0.25"), 250);
  assert.equal(thousandths("1u"), 1);
});

test("only amounts of Kubernetes types are touched", () => {
  const spec = {
    instances: [{ resources: { limits: { cpu: 2, memory: "1024Mi" }, claims: [{ name: "0.5" }] }, replicas: 3 }],
    sidecarVolumes: [{ name: "1024Mi", emptyDir: { sizeLimit: "2048Ki" } }],
    patroni: { dynamicConfiguration: { limits: { a: "1024Mi" } } },
    metadata: { labels: { limits: "1000" } },
  };
  assert.deepEqual(canonicalQuantities(spec), {
    instances: [{ resources: { limits: { cpu: "2", memory: "1Gi" }, claims: [{ name: "0.5" }] }, replicas: 3 }],
    sidecarVolumes: [{ name: "1024Mi", emptyDir: { sizeLimit: "2Mi" } }],
    patroni: { dynamicConfiguration: { limits: { a: "1024Mi" } } },
    metadata: { labels: { limits: "1000" } },
  });
});
