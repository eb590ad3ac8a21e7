/** Says when a ConfigMap or Secret has changed that a pod uses. Only names and versions are kept in memory. */

import {
  type Client,
  type ConfigMap,
  Informer,
  type Kind,
  type KubeObject,
  type KubeSecret,
  kinds,
  type Live,
  type Logger,
  type Pod,
} from "@keelson/kube";

export class PodWatcher {
  readonly #informers: readonly [Informer<ConfigMap>, Informer<KubeSecret>];

  constructor(options: { client: Client; log: Logger; signal: AbortSignal }) {
    const make = <T extends KubeObject>(kind: Kind<T>): Informer<T> => {
      const informer = new Informer<T>({ client: options.client, kind, trim: onlyName, logger: options.log });
      void informer.start(options.signal).catch(() => {});
      return informer;
    };
    this.#informers = [make(kinds.ConfigMap), make(kinds.Secret)];
  }

  /** Calls with keys as `concerns` takes them. */
  start(onChange: (key: string) => void): void {
    const [configMaps, secrets] = this.#informers;
    configMaps.subscribe(({ object, ...change }) => {
      if (!("initial" in change && change.initial))
        onChange(referenceKey("configmap", object.metadata.namespace, object.metadata.name));
    });
    secrets.subscribe(({ object, ...change }) => {
      if (!("initial" in change && change.initial))
        onChange(referenceKey("secret", object.metadata.namespace, object.metadata.name));
    });
  }

  /** True when the pod uses the object in a volume or a variable. */
  concerns(pod: Live<Pod>, key: string): boolean {
    return podReferences(pod).has(key);
  }
}

function onlyName<T extends KubeObject>(object: Live<T>): Live<T> {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const metadata = { name, uid, resourceVersion, creationTimestamp, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: object.apiVersion, kind: object.kind, metadata } as Live<T>;
}

function referenceKey(what: "configmap" | "secret", namespace: string | undefined, name: string | undefined): string {
  return `${what}/${namespace ?? "default"}/${name ?? ""}`;
}

/** Keys of all objects that the pod's volumes and variables come from. */
export function podReferences(pod: Live<Pod>): ReadonlySet<string> {
  const { namespace } = pod.metadata;
  const { volumes = [], containers = [], initContainers = [] } = pod.spec ?? {};
  const keys = new Set<string>();
  const add = (configMap: string | undefined, secret: string | undefined): void => {
    if (configMap !== undefined) keys.add(referenceKey("configmap", namespace, configMap));
    if (secret !== undefined) keys.add(referenceKey("secret", namespace, secret));
  };
  for (const { configMap, secret, projected } of volumes) {
    add(configMap?.name, secret?.secretName);
    for (const source of projected?.sources ?? []) add(source.configMap?.name, source.secret?.name);
  }
  for (const { env = [], envFrom = [] } of [...containers, ...initContainers]) {
    for (const { valueFrom } of env) add(valueFrom?.configMapKeyRef?.name, valueFrom?.secretKeyRef?.name);
    for (const { configMapRef, secretRef } of envFrom) add(configMapRef?.name, secretRef?.name);
  }
  return keys;
}
