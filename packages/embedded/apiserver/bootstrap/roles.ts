/** The default ClusterRoles and bindings. */
import type { KubeObject } from "../types.ts";

const api = "rbac.authorization.k8s.io";

export function bootstrapRoles(): { collection: string; object: KubeObject }[] {
  return [
    {
      collection: `${api}/clusterroles`,
      object: {
        kind: "ClusterRole",
        apiVersion: `${api}/v1`,
        metadata: { name: "cluster-admin" },
        rules: [
          { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
          { nonResourceURLs: ["*"], verbs: ["*"] },
        ],
      },
    },
  ];
}
