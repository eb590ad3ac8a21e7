import assert from "node:assert/strict";
import { test } from "node:test";
import type * as core from "kubernetes-types/core/v1.js";
import type { InstanceSet, PerconaPGCluster, PgBouncer } from "./index.ts";
import { perconaPGClusters } from "./index.ts";

/** Compiles only while what users put into our kinds can go into a pod as it is. */
function podOf(set: InstanceSet, pooler: PgBouncer): core.PodSpec {
  return {
    affinity: set.affinity ?? {},
    tolerations: set.tolerations ?? [],
    topologySpreadConstraints: set.topologySpreadConstraints ?? [],
    securityContext: set.securityContext ?? {},
    initContainers: set.initContainers ?? [],
    volumes: [...(set.sidecarVolumes ?? []), ...(pooler.sidecarVolumes ?? [])],
    containers: [
      {
        name: "database",
        env: set.env ?? [],
        envFrom: set.envFrom ?? [],
        resources: set.resources ?? {},
        volumeMounts: set.volumeMounts ?? [],
      },
      ...(set.sidecars ?? []),
    ],
  };
}

function claimOf(set: InstanceSet): core.PersistentVolumeClaimSpec {
  return set.dataVolumeClaimSpec;
}

test("the types take a small cluster and give it back as pods and claims", () => {
  const cluster: PerconaPGCluster = {
    metadata: { name: "hello", namespace: "default" },
    spec: {
      postgresVersion: 17,
      instances: [{ replicas: 3, dataVolumeClaimSpec: { resources: { requests: { storage: "1Gi" } } } }],
      proxy: { pgBouncer: { replicas: 2 } },
      backups: { pgbackrest: { repos: [{ name: "repo1", volume: { volumeClaimSpec: {} } }] } },
    },
  };
  const [set] = cluster.spec.instances;
  assert.ok(set !== undefined && cluster.spec.proxy !== undefined);
  assert.deepEqual(claimOf(set), { resources: { requests: { storage: "1Gi" } } });
  assert.equal(podOf(set, cluster.spec.proxy.pgBouncer).containers[0]?.name, "database");
  assert.equal(perconaPGClusters.plural, "perconapgclusters");
});
