/** Secrets that the user names and that carry none of our labels, so that no informer has them. */
import { secretTexts } from "@keelson/engine";
import { type Client, type KubeSecret, kinds } from "@keelson/kube";
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

interface Seen {
  readonly at: number;
  readonly secret: ForeignSecret | undefined;
}

const isFresh = ({ at, secret }: Seen): boolean =>
  performance.now() - at < (secret === undefined ? MISSING_TTL_MS : FOREIGN_TTL_MS);

export class ForeignSecrets {
  readonly #client: Client;
  readonly #seen = new Map<string, Seen>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** The Secret, at most a minute old; undefined when it does not exist. */
  async read(namespace: string, name: string, signal: AbortSignal): Promise<ForeignSecret | undefined> {
    const known = this.#fresh(`${namespace}/${name}`);
    return known === undefined ? await this.#get({ namespace, name }, signal) : known.secret;
  }

  /**
   * The Secret as it is now, for a cluster that is about to make it its own. Of several clusters that ask for the same one the first gets
   * it; to the others it belongs to that one from then on, although its label is still to be written.
   */
  async claim(
    at: { readonly namespace: string; readonly name: string; readonly cluster: string },
    signal: AbortSignal,
  ): Promise<ForeignSecret | undefined> {
    const key = `${at.namespace}/${at.name}`;
    const isOthers = (seen: Seen | undefined): seen is Seen =>
      seen?.secret?.cluster !== undefined && seen.secret.cluster !== at.cluster;
    const before = this.#fresh(key);
    if (isOthers(before)) return before.secret;
    const now = await this.#client.get(kinds.Secret, { namespace: at.namespace, name: at.name }, { signal });
    // Another one may have asked meanwhile.
    const meanwhile = this.#fresh(key);
    if (isOthers(meanwhile)) return meanwhile.secret;
    const secret = foreignSecret(now);
    this.#note(key, secret?.cluster === undefined ? { texts: secret?.texts ?? {}, cluster: at.cluster } : secret);
    return secret;
  }

  async #get(at: { namespace: string; name: string }, signal: AbortSignal): Promise<ForeignSecret | undefined> {
    const secret = foreignSecret(await this.#client.get(kinds.Secret, at, { signal }));
    const key = `${at.namespace}/${at.name}`;
    // What was claimed while this was under way stays claimed.
    const meanwhile = this.#fresh(key);
    if (meanwhile?.secret?.cluster !== undefined) return meanwhile.secret;
    return this.#note(key, secret);
  }

  #fresh(key: string): Seen | undefined {
    const known = this.#seen.get(key);
    return known !== undefined && isFresh(known) ? known : undefined;
  }

  #note(key: string, secret: ForeignSecret | undefined): ForeignSecret | undefined {
    // Nothing of clusters that are gone is kept.
    for (const [old, seen] of this.#seen) if (!isFresh(seen)) this.#seen.delete(old);
    this.#seen.set(key, { at: performance.now(), secret });
    return secret;
  }
}

const foreignSecret = (object: KubeSecret | undefined): ForeignSecret | undefined =>
  object === undefined
    ? undefined
    : { texts: secretTexts(object.data), cluster: object.metadata?.labels?.[label.cluster] };
