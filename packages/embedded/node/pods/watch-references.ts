/** Says when a ConfigMap or Secret has changed that a pod shows in a volume. Only names and versions are kept in memory. */

import { type Client, type ConfigMap, Informer, type KubeObject, type KubeSecret, kinds, type Kind, type Live, type Logger, type Pod } from "@keelson/kube";

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
      if (!("initial" in change && change.initial)) onChange(referenceKey("configmap", object.metadata.namespace, object.metadata.name));
    });
    secrets.subscribe(({ object, ...change }) => {
      if (!("initial" in change && change.initial)) onChange(referenceKey("secret", object.metadata.namespace, object.metadata.name));
    });
  }

  /** True when a volume of the pod shows the object. */
  concerns(pod: Live<Pod>, key: string): boolean {
    return volumeReferences(pod).has(key);
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

/** Keys of all objects that the pod's volumes show. */
export function volumeReferences(pod: Live<Pod>): ReadonlySet<string> {
  const { namespace } = pod.metadata;
  const keys = new Set<string>();
  for (const { configMap, secret, projected } of pod.spec?.volumes ?? []) {
    if (configMap !== undefined) keys.add(referenceKey("configmap", namespace, configMap.name));
    if (secret !== undefined) keys.add(referenceKey("secret", namespace, secret.secretName));
    for (const source of projected?.sources ?? []) {
      if (source.configMap !== undefined) keys.add(referenceKey("configmap", namespace, source.configMap.name));
      if (source.secret !== undefined) keys.add(referenceKey("secret", namespace, source.secret.name));
    }
  }
  return keys;
}
