/** Kubernetes objects that install Keelson. Pure. */
import type { KubeObject } from "@keelson/kube";
import type { Program } from "./roles.ts";

/** Namespace of an installation by deploy/bundle.yaml. */
export const INSTALL_NAMESPACE = "keelson-system";

/** Image of operator and server, made by deploy/Containerfile. */
export const PLATFORM_IMAGE = "keelson/platform:dev";

const rbac = "rbac.authorization.k8s.io";
const labels = (name: string) => ({ "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "keelson" });

export function clusterRole({ name, rules }: Program): KubeObject {
  return object(`${rbac}/v1`, "ClusterRole", { metadata: { name, labels: labels(name) }, rules });
}

/** Binds the role to the user of the same name: the embedded cluster gives its programs client certificates. */
export function bindingToUser({ name }: Program): KubeObject {
  return binding(name, { kind: "User", apiGroup: rbac, name });
}

/** Role and binding of an embedded cluster's nodes. */
export function nodeAccess(rules: Program["rules"]): KubeObject[] {
  const name = "keelson-node";
  const role = { name, title: "nodes", rules };
  return [clusterRole(role), binding(name, { kind: "Group", apiGroup: rbac, name: "system:nodes" })];
}

/** Binds the role to the service account of the same name. */
export function bindingToServiceAccount({ name }: Program): KubeObject {
  return binding(name, { kind: "ServiceAccount", name, namespace: INSTALL_NAMESPACE });
}

function binding(name: string, subject: Record<string, string>): KubeObject {
  const roleRef = { apiGroup: rbac, kind: "ClusterRole", name };
  return object(`${rbac}/v1`, "ClusterRoleBinding", {
    metadata: { name, labels: labels(name) },
    roleRef,
    subjects: [subject],
  });
}

export function installNamespace(): KubeObject {
  return object("v1", "Namespace", { metadata: { name: INSTALL_NAMESPACE, labels: labels("keelson") } });
}

export function serviceAccount({ name }: Program): KubeObject {
  return object("v1", "ServiceAccount", { metadata: { name, namespace: INSTALL_NAMESPACE, labels: labels(name) } });
}

/** Runs as nobody, with nothing but its own files, as the restricted pod security standard asks. */
const restricted = {
  pod: {
    runAsNonRoot: true,
    runAsUser: 65532,
    runAsGroup: 65532,
    fsGroup: 65532,
    seccompProfile: { type: "RuntimeDefault" },
  },
  container: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
};

export function operatorDeployment(): KubeObject {
  const name = "keelson-operator";
  return deployment(name, {
    // Two: the second takes over within seconds by the Lease. Reconciling is safe to repeat.
    replicas: 2,
    container: {
      name: "operator",
      image: PLATFORM_IMAGE,
      // V8 would keep what a burst of work has dropped, three times what is needed.
      command: ["node", "--optimize-for-size", "/keelson/packages/operator/src/main.ts"],
      env: [{ name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } }],
      ports: [
        { name: "metrics", containerPort: 8080 },
        { name: "health", containerPort: 8081 },
      ],
      livenessProbe: { httpGet: { path: "/healthz", port: "health" }, periodSeconds: 10, failureThreshold: 3 },
      readinessProbe: { httpGet: { path: "/readyz", port: "health" }, periodSeconds: 5 },
      resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    },
    volumes: [],
  });
}

export function serverDeployment(): KubeObject {
  const name = "keelson-server";
  return deployment(name, {
    // Sessions and accounts are on its volume: one.
    replicas: 1,
    container: {
      name: "server",
      image: PLATFORM_IMAGE,
      command: ["node", "/keelson/packages/server/src/main.ts", "--listen", "0.0.0.0:8080", "--data", "/data"],
      ports: [{ name: "http", containerPort: 8080 }],
      livenessProbe: { httpGet: { path: "/api/v1/health", port: "http" }, periodSeconds: 10, failureThreshold: 3 },
      readinessProbe: { httpGet: { path: "/api/v1/health", port: "http" }, periodSeconds: 5 },
      resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
      volumeMounts: [{ name: "data", mountPath: "/data" }],
    },
    volumes: [{ name: "data", persistentVolumeClaim: { claimName: "keelson-server" } }],
  });
}

export function serverClaim(): KubeObject {
  const name = "keelson-server";
  return object("v1", "PersistentVolumeClaim", {
    metadata: { name, namespace: INSTALL_NAMESPACE, labels: labels(name) },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  });
}

export function serverService(): KubeObject {
  const name = "keelson-server";
  return object("v1", "Service", {
    metadata: { name, namespace: INSTALL_NAMESPACE, labels: labels(name) },
    spec: { selector: { "app.kubernetes.io/name": name }, ports: [{ name: "http", port: 80, targetPort: "http" }] },
  });
}

interface Workload {
  readonly replicas: number;
  readonly container: Record<string, unknown>;
  readonly volumes: readonly object[];
}

function deployment(name: string, { replicas, container, volumes }: Workload): KubeObject {
  return object("apps/v1", "Deployment", {
    metadata: { name, namespace: INSTALL_NAMESPACE, labels: labels(name) },
    spec: {
      replicas,
      ...(replicas === 1 ? { strategy: { type: "Recreate" } } : {}),
      selector: { matchLabels: { "app.kubernetes.io/name": name } },
      template: {
        metadata: { labels: labels(name) },
        spec: {
          serviceAccountName: name,
          securityContext: restricted.pod,
          terminationGracePeriodSeconds: 10,
          containers: [{ ...container, securityContext: restricted.container }],
          ...(volumes.length === 0 ? {} : { volumes }),
        },
      },
    },
  });
}

function object(apiVersion: string, kind: string, fields: Record<string, unknown>): KubeObject {
  return { apiVersion, kind, ...fields } as KubeObject;
}
