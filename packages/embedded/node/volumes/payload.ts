/** What is in ConfigMap, Secret, downward API and projected volumes. */

import type { ConfigMap, KubeSecret, Pod, Volume } from "@keelson/kube";
import type { Payload, PayloadFile } from "./atomic-writer.ts";
import { fieldValue, type PodAddresses, resourceValue } from "./downward.ts";

/** Where the contents come from. */
export interface PayloadSources {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<KubeSecret | undefined>;
  token(pod: Pod, request: { audience: string | undefined; expirationSeconds: number }): Promise<string>;
}

interface KeyToPath {
  key: string;
  path: string;
  mode?: number;
}

interface ObjectSource {
  name?: string | undefined;
  items?: KeyToPath[] | undefined;
  optional?: boolean | undefined;
}

type DownwardItem = NonNullable<NonNullable<Volume["downwardAPI"]>["items"]>[number];

const DEFAULT_MODE = 0o644;
const DEFAULT_TOKEN_SECONDS = 3600;

/** True for a volume whose content comes from the API. */
export function isProjection(volume: Volume): boolean {
  return (volume.configMap ?? volume.secret ?? volume.downwardAPI ?? volume.projected) !== undefined;
}

/** The files of such a volume. Throws with Kubernetes' words when something it names is missing. */
export async function volumePayload(
  pod: Pod,
  volume: Volume,
  sources: PayloadSources,
  addresses: PodAddresses,
): Promise<Payload> {
  const files = new Map<string, PayloadFile>();
  const namespace = pod.metadata?.namespace ?? "default";
  const addConfigMap = async (source: ObjectSource, mode: number): Promise<void> => {
    const object = await sources.configMap(namespace, source.name ?? "");
    add(files, "configmap", source, mode, object === undefined ? undefined : configMapData(object), namespace);
  };
  const addSecret = async (source: ObjectSource, mode: number): Promise<void> => {
    const object = await sources.secret(namespace, source.name ?? "");
    add(files, "secret", source, mode, object === undefined ? undefined : decode(object.data), namespace);
  };

  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap !== undefined) await addConfigMap(configMap, configMap.defaultMode ?? DEFAULT_MODE);
  if (secret !== undefined) await addSecret({ ...secret, name: secret.secretName }, secret.defaultMode ?? DEFAULT_MODE);
  if (downwardAPI !== undefined)
    addDownward(files, pod, downwardAPI.items ?? [], downwardAPI.defaultMode ?? DEFAULT_MODE, addresses);
  const mode = projected?.defaultMode ?? DEFAULT_MODE;
  for (const source of projected?.sources ?? []) {
    if (source.configMap !== undefined) await addConfigMap(source.configMap, mode);
    if (source.secret !== undefined) await addSecret(source.secret, mode);
    if (source.downwardAPI !== undefined) addDownward(files, pod, source.downwardAPI.items ?? [], mode, addresses);
    if (source.serviceAccountToken !== undefined) {
      const { audience, expirationSeconds = DEFAULT_TOKEN_SECONDS, path } = source.serviceAccountToken;
      files.set(path, { data: Buffer.from(await sources.token(pod, { audience, expirationSeconds })), mode });
    }
  }
  return files;
}

/** All keys of a ConfigMap as bytes. */
export function configMapData(object: ConfigMap): Map<string, Buffer> {
  const text = Object.entries(object.data ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const);
  return new Map([...text, ...decode(object.binaryData)]);
}

/** All keys of a Secret as bytes. */
export function decode(data: Record<string, string> | undefined): Map<string, Buffer> {
  return new Map(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64")]));
}

function add(
  files: Map<string, PayloadFile>,
  what: "configmap" | "secret",
  source: ObjectSource,
  mode: number,
  data: Map<string, Buffer> | undefined,
  namespace: string,
): void {
  if (data === undefined) {
    if (source.optional === true) return;
    throw new Error(`${what} "${source.name ?? ""}" not found`);
  }
  const items: KeyToPath[] = source.items ?? [...data.keys()].map((key) => ({ key, path: key }));
  for (const item of items) {
    const content = data.get(item.key);
    if (content !== undefined) files.set(item.path, { data: content, mode: item.mode ?? mode });
    else if (source.optional !== true)
      throw new Error(`references non-existent ${what} key: ${namespace}/${source.name ?? ""}: ${item.key}`);
  }
}

function addDownward(
  files: Map<string, PayloadFile>,
  pod: Pod,
  items: readonly DownwardItem[],
  mode: number,
  addresses: PodAddresses,
): void {
  for (const item of items) {
    files.set(item.path, { data: Buffer.from(downwardText(pod, item, addresses)), mode: item.mode ?? mode });
  }
}

function downwardText(pod: Pod, item: DownwardItem, addresses: PodAddresses): string {
  if (item.fieldRef !== undefined) return fieldValue(pod, item.fieldRef.fieldPath, addresses);
  const reference = item.resourceFieldRef;
  if (reference === undefined) return "";
  const container = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find(
    ({ name }) => name === reference.containerName,
  );
  if (container === undefined) throw new Error(`container ${reference.containerName ?? ""} not found`);
  return resourceValue(container, reference.resource, reference.divisor);
}
