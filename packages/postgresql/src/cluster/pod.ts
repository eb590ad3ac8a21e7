/** What the pods of a cluster have in common. */
import type {
  Container,
  EnvVar,
  PodSpec,
  PodTemplateSpec,
  Probe,
  SecurityContext,
  Volume,
  VolumeMount,
} from "@keelson/kube";
import type { Metadata, PgCluster, PodKnobs } from "./model.ts";
import * as paths from "./paths.ts";
import { spread } from "./spread.ts";

/** User and group of PostgreSQL in the images. */
export const POSTGRES_UID = 26;

/** Everything runs without root, without capabilities and on a read-only root. */
export const restricted: SecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

export const tmpVolume: Volume = { name: "tmp", emptyDir: { sizeLimit: "2Gi" } };
export const sharedMemory: Volume = { name: "dshm", emptyDir: { medium: "Memory" } };
export const tools: Volume = { name: "crunchy-bin", emptyDir: {} };
export const toolsMount: VolumeMount = { name: "crunchy-bin", mountPath: paths.TOOLS };
export const tmpMount: VolumeMount = { name: "tmp", mountPath: "/tmp" };

/** A container with what every container has. */
export function container(c: PgCluster, init: Omit<Container, "securityContext">): Container {
  return {
    ...init,
    ...(c.imagePullPolicy === undefined ? {} : { imagePullPolicy: c.imagePullPolicy }),
    securityContext: restricted,
  };
}

/** Copies node and the agent from the agent's image, so that the database image needs neither. */
export function copyTools(c: PgCluster): Container {
  return container(c, {
    name: "database-init",
    image: c.agentImage,
    command: ["sh", "-c", `cp -R /keelson/. ${paths.TOOLS}/`],
    volumeMounts: [toolsMount],
  });
}

/** What every program of the image finds: a home it may write to, and one language. */
export const COMMON_ENV = { HOME: "/tmp", LC_ALL: "C.UTF-8", LANG: "C.UTF-8" } as const;

/** Runs the agent with a sub-command. The pods have it at the same place everywhere. */
export const agent = (...args: string[]): string[] => [
  `${paths.TOOLS}/bin/node`,
  `${paths.TOOLS}/agent/src/main.ts`,
  ...args,
];

export const env = (values: Record<string, string>): EnvVar[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

export const fieldEnv = (name: string, fieldPath: string): EnvVar => ({
  name,
  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } },
});

export const httpProbe = (path: string, timing: Partial<Probe>): Probe => ({
  httpGet: { path, port: paths.AGENT_PORT, scheme: "HTTP" },
  ...timing,
});

interface PodInit {
  readonly labels: Record<string, string>;
  readonly metadata: Metadata;
  readonly annotations?: Record<string, string>;
  readonly knobs: PodKnobs;
  readonly serviceAccountName?: string;
  readonly initContainers?: Container[];
  readonly containers: Container[];
  readonly volumes: Volume[];
  readonly dataLabel?: string;
}

/** A pod template from the cluster-wide settings, the user's knobs and the containers. */
export function podTemplate(c: PgCluster, init: PodInit): PodTemplateSpec {
  const { knobs } = init;
  const userEnv = [...knobs.env];
  const userEnvFrom = [...knobs.envFrom];
  const withEnv = (each: Container): Container =>
    userEnv.length === 0 && userEnvFrom.length === 0
      ? each
      : { ...each, env: [...(each.env ?? []), ...userEnv], envFrom: [...(each.envFrom ?? []), ...userEnvFrom] };
  const spec: PodSpec = {
    ...(init.serviceAccountName === undefined
      ? { automountServiceAccountToken: false }
      : { serviceAccountName: init.serviceAccountName, automountServiceAccountToken: true }),
    enableServiceLinks: false,
    ...(c.imagePullSecrets.length > 0 ? { imagePullSecrets: [...c.imagePullSecrets] } : {}),
    ...spread(c, knobs, init.dataLabel),
    ...(knobs.tolerations === undefined ? {} : { tolerations: [...knobs.tolerations] }),
    ...(knobs.priorityClassName === undefined ? {} : { priorityClassName: knobs.priorityClassName }),
    securityContext: {
      runAsUser: POSTGRES_UID,
      runAsGroup: POSTGRES_UID,
      fsGroup: POSTGRES_UID,
      fsGroupChangePolicy: "OnRootMismatch",
      ...knobs.securityContext,
    },
    ...(init.initContainers === undefined ? {} : { initContainers: init.initContainers }),
    containers: [...init.containers.map(withEnv), ...knobs.sidecars],
    volumes: [...init.volumes, ...knobs.sidecarVolumes],
  };
  const annotations = { ...c.metadata.annotations, ...init.metadata.annotations, ...init.annotations };
  return {
    metadata: {
      labels: { ...init.metadata.labels, ...init.labels },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec,
  };
}

/** One file of a ConfigMap or Secret in a projected volume. */
export const item = (key: string, path: string): { key: string; path: string } => ({ key, path });
