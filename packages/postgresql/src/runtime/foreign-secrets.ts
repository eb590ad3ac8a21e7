/** Secrets that the user names and that carry none of our labels, so that no informer has them. */
import { secretTexts } from "@keelson/engine";
import { type Client, kinds } from "@keelson/kube";

export type Texts = Readonly<Record<string, string>>;

/** How long an answer counts. A change of such a Secret is seen after this time at the latest. */
export const FOREIGN_TTL_MS = 60_000;

export class ForeignSecrets {
  readonly #client: Client;
  readonly #seen = new Map<string, { readonly at: number; readonly texts: Texts | undefined }>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** The Secret's texts, at most a minute old; undefined when it does not exist. */
  async read(namespace: string, name: string, signal: AbortSignal): Promise<Texts | undefined> {
    const key = `${namespace}/${name}`;
    const known = this.#seen.get(key);
    // What was missing may have been made meanwhile: the user is waiting for it.
    const ttl = known?.texts === undefined ? FOREIGN_TTL_MS / 12 : FOREIGN_TTL_MS;
    if (known !== undefined && performance.now() - known.at < ttl) return known.texts;
    const secret = await this.#client.get(kinds.Secret, { namespace, name }, { signal });
    const texts = secret === undefined ? undefined : secretTexts(secret.data);
    this.#seen.set(key, { at: performance.now(), texts });
    return texts;
  }
}
