/** What volumes and environments need from the API, asked for when a pod starts and when it changes. */

import { type Client, kinds, type Live, type Pod } from "@keelson/kube";
import type { ImageStore } from "../images/index.ts";
import type { VolumeSources } from "./volumes.ts";

interface CachedToken {
  readonly token: string;
  /** Milliseconds since the epoch from which a new one is asked for. */
  readonly renewAt: number;
}

/** A token is renewed when this part of its life is over; a longer one at the latest after a day. Source: kubelet. */
const TOKEN_LIFE_USED = 0.8;
const LONGEST_TOKEN_USE_MS = 24 * 3600_000;

export class ApiSources implements VolumeSources {
  readonly #client: Client;
  readonly #images: ImageStore;
  readonly #tokens = new Map<string, CachedToken>();

  constructor(client: Client, images: ImageStore) {
    this.#client = client;
    this.#images = images;
  }

  configMap(namespace: string, name: string) {
    return this.#client.get(kinds.ConfigMap, { namespace, name });
  }

  secret(namespace: string, name: string) {
    return this.#client.get(kinds.Secret, { namespace, name });
  }

  claim(namespace: string, name: string) {
    return this.#client.get(kinds.PersistentVolumeClaim, { namespace, name });
  }

  persistentVolume(name: string) {
    return this.#client.get(kinds.PersistentVolume, { name });
  }

  async image(reference: string, signal?: AbortSignal): Promise<string> {
    return (await this.#images.ensure(reference, { signal })).image.rootfs;
  }

  /** A token of the pod's service account, bound to the pod. */
  async token(pod: Pod, request: { audience: string | undefined; expirationSeconds: number }): Promise<string> {
    const { namespace = "default", name, uid } = (pod as Live<Pod>).metadata;
    const key = `${uid} ${request.audience ?? ""} ${request.expirationSeconds}`;
    const cached = this.#tokens.get(key);
    if (cached !== undefined && cached.renewAt > Date.now()) return cached.token;
    const account = pod.spec?.serviceAccountName ?? "default";
    const { token, expirationTimestamp } = await this.#client.createToken(
      { namespace, name: account },
      {
        audiences: request.audience === undefined ? [] : [request.audience],
        expirationSeconds: request.expirationSeconds,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
      },
    );
    const lifeMs = Date.parse(expirationTimestamp) - Date.now();
    const renewAt = Date.now() + Math.min(lifeMs * TOKEN_LIFE_USED, LONGEST_TOKEN_USE_MS);
    this.#tokens.set(key, { token, renewAt });
    return token;
  }

  /** Whether one of the pod's tokens is to be renewed. */
  needsRenewal(uid: string, now: number): boolean {
    return [...this.#tokens].some(([key, { renewAt }]) => key.startsWith(`${uid} `) && renewAt <= now);
  }

  /** Forgets the tokens of a pod that is gone. */
  forget(uid: string): void {
    for (const key of this.#tokens.keys()) if (key.startsWith(`${uid} `)) this.#tokens.delete(key);
  }
}
