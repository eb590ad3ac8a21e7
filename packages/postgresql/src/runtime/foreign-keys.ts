/** Which keys the Secrets and ConfigMaps have that the user names for pods: they carry none of our labels, so no informer has them. */
import { type Client, type Kind, type KubeObject, kinds } from "@keelson/kube";
import { FOREIGN_TTL_MS, MISSING_TTL_MS } from "./foreign-secrets.ts";

export type Keys = ReadonlySet<string>;

interface Holder extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

export const keysOf = ({ data = {}, binaryData = {} }: Holder): Keys =>
  new Set([...Object.keys(data), ...Object.keys(binaryData)]);

interface Seen {
  readonly at: number;
  readonly keys: Keys | undefined;
}

const isFresh = ({ at, keys }: Seen): boolean =>
  performance.now() - at < (keys === undefined ? MISSING_TTL_MS : FOREIGN_TTL_MS);

export class ForeignKeys {
  readonly #client: Client;
  readonly #seen = new Map<string, Seen>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** Undefined when there is no such object. An answer counts for a minute; that there is nothing, for five seconds. */
  async read(
    {
      kind,
      namespace,
      name,
    }: { readonly kind: "Secret" | "ConfigMap"; readonly namespace: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<Keys | undefined> {
    const at = `${kind}/${namespace}/${name}`;
    const known = this.#seen.get(at);
    if (known !== undefined && isFresh(known)) return known.keys;
    const found = await this.#client.get(kinds[kind] as Kind<Holder>, { namespace, name }, { signal });
    // Nothing of clusters that are gone is kept.
    for (const [old, seen] of this.#seen) if (!isFresh(seen)) this.#seen.delete(old);
    const keys = found === undefined ? undefined : keysOf(found);
    this.#seen.set(at, { at: performance.now(), keys });
    return keys;
  }
}
