import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalQuantities } from "./canonical-quantities.ts";

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
