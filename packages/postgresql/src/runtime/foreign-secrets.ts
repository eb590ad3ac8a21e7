/** Secrets that the user names and that carry none of our labels, so that no informer has them. */
import { secretTexts } from "@keelson/engine";
import { type Client, kinds } from "@keelson/kube";
import { label } from "../cluster/labels.ts";

export type Texts = Readonly<Record<string, string>>;

export interface ForeignSecret {
  readonly texts: Texts;
  /** The cluster whose label it has; undefined for a Secret of the user's. */
  readonly cluster: string | undefined;
}

/** How long an answer counts. A change of such a Secret is seen after this time at the latest. */
export const FOREIGN_TTL_MS = 60_000;

/** The same for a Secret that is not there: somebody may be waiting for it. */
export const MISSING_TTL_MS = 5_000;

export class ForeignSecrets {
  readonly #client: Client;
  readonly #seen = new Map<string, { readonly at: number; readonly secret: ForeignSecret | undefined }>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** The Secret, at most a minute old; undefined when it does not exist. */
  async read(namespace: string, name: string, signal: AbortSignal): Promise<ForeignSecret | undefined> {
    const key = `${namespace}/${name}`;
    const known = this.#seen.get(key);
    const ttl = known?.secret === undefined ? MISSING_TTL_MS : FOREIGN_TTL_MS;
    if (known !== undefined && performance.now() - known.at < ttl) return known.secret;
    const object = await this.#client.get(kinds.Secret, { namespace, name }, { signal });
    const secret =
      object === undefined
        ? undefined
        : { texts: secretTexts(object.data), cluster: object.metadata?.labels?.[label.cluster] };
    this.#seen.set(key, { at: performance.now(), secret });
    return secret;
  }
}
