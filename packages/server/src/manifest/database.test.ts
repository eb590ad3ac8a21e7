import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { CreateDatabase } from "../api/requests.ts";
import { databaseManifest } from "./database.ts";

describe("databaseManifest", () => {
  it("writes only what the operator has no better default for", () => {
    assert.deepEqual(databaseManifest({ name: "orders" }), {
      apiVersion: "pgv2.percona.com/v2",
      kind: "PerconaPGCluster",
      metadata: { name: "orders", namespace: "default" },
      spec: {
        crVersion: "3.1.0",
        postgresVersion: 17,
        instances: [
          {
            name: "instance1",
            replicas: 3,
            dataVolumeClaimSpec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } },
          },
        ],
        proxy: { pgBouncer: { replicas: 2 } },
        backups: {
          enabled: true,
          pgbackrest: {
            global: { "repo1-retention-full": "7", "repo1-retention-full-type": "count" },
            repos: [
              {
                name: "repo1",
                volume: {
                  volumeClaimSpec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } },
                },
              },
            ],
          },
        },
      },
    });
  });

  it("gives PostgreSQL a quarter of the size's memory for its buffers", () => {
    const { spec } = databaseManifest({ name: "a", size: "medium" });
    assert.deepEqual(spec["patroni"], {
      dynamicConfiguration: {
        postgresql: { parameters: { shared_buffers: "1024MB", effective_cache_size: "3072MB" } },
      },
    });
  });

  it("leaves the pooler out when none is wanted, and keeps an object for backups that are off", () => {
    const { spec } = databaseManifest({ name: "a", poolers: 0, backups: { enabled: false } });
    assert.equal("proxy" in spec, false);
    assert.deepEqual(spec["backups"], { enabled: false });
  });

  it("exposes primary and poolers together", () => {
    const { spec } = databaseManifest({ name: "a", expose: "loadBalancer" });
    assert.deepEqual(spec["expose"], { type: "LoadBalancer" });
    assert.deepEqual(spec["proxy"], { pgBouncer: { replicas: 2, expose: { type: "LoadBalancer" } } });
  });

  it("serialises without undefined and never loses what was asked for", () => {
    const requests: fc.Arbitrary<CreateDatabase> = fc.record(
      {
        name: fc.stringMatching(/^[a-z][a-z0-9]{0,20}$/),
        instances: fc.integer({ min: 1, max: 9 }),
        poolers: fc.integer({ min: 0, max: 9 }),
        storage: fc.integer({ min: 1, max: 999 }).map((number) => `${number}Gi`),
        size: fc.constantFrom("micro", "small", "medium", "large"),
        version: fc.constantFrom("17", "18"),
      },
      { requiredKeys: ["name"] },
    );
    fc.assert(
      fc.property(requests, (request) => {
        const manifest = databaseManifest(request);
        assert.deepEqual(JSON.parse(JSON.stringify(manifest)), manifest);
        const [set] = manifest.spec["instances"] as { replicas: number }[];
        assert.equal(set?.replicas, request.instances ?? 3);
        assert.deepEqual(databaseManifest(request), manifest);
      }),
    );
  });
});
