/** Which keys the Secrets and ConfigMaps have that the user names for pods: they carry none of our labels, so no informer has them. */
import { type Client, type Kind, type KubeObject, kinds } from "@keelson/kube";
import { MISSING_TTL_MS } from "./foreign-secrets.ts";

export type Keys = ReadonlySet<string>;

export interface KeysWanted {
  readonly kind: "Secret" | "ConfigMap";
  readonly namespace: string;
  readonly name: string;
  /** Those that have to be in it. */
  readonly keys: readonly string[];
}

interface Holder extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

export const keysOf = ({ data = {}, binaryData = {} }: Holder): Keys =>
  new Set([...Object.keys(data), ...Object.keys(binaryData)]);

/** How long it counts that nothing is missing. Every pass asks: a hundred clusters shall not read more than once in a few seconds. */
const FOUND_TTL_MS = 600_000;

interface Seen {
  readonly at: number;
  readonly keys: Keys | undefined;
}

export class ForeignKeys {
  readonly #client: Client;
  readonly #now: () => number;
  readonly #seen = new Map<string, Seen>();
  readonly #underWay = new Map<string, Promise<Keys | undefined>>();

  constructor(client: Client, now = (): number => performance.now()) {
    this.#client = client;
    this.#now = now;
  }

  /**
   * Undefined when there is no such object. That it has all that is wanted counts for ten minutes; that something is missing, for five seconds.
   * Who asks while another one does shares that request, and fails with it.
   */
  async read(wanted: KeysWanted, signal: AbortSignal): Promise<Keys | undefined> {
    const at = `${wanted.kind}/${wanted.namespace}/${wanted.name}`;
    const known = this.#seen.get(at);
    if (known !== undefined && this.#isFresh(known, wanted.keys)) return known.keys;
    const shared = this.#underWay.get(at);
    if (shared !== undefined) return await shared;
    const asked = this.#get(at, wanted, signal).finally(() => this.#underWay.delete(at));
    this.#underWay.set(at, asked);
    return await asked;
  }

  async #get(at: string, { kind, namespace, name }: KeysWanted, signal: AbortSignal): Promise<Keys | undefined> {
    const found = await this.#client.get(kinds[kind] as Kind<Holder>, { namespace, name }, { signal });
    const keys = found === undefined ? undefined : keysOf(found);
    // Nothing of clusters that are gone is kept.
    for (const [old, seen] of this.#seen) if (!this.#isFresh(seen)) this.#seen.delete(old);
    this.#seen.set(at, { at: this.#now(), keys });
    return keys;
  }

  #isFresh({ at, keys }: Seen, wanted: readonly string[] = []): boolean {
    const found = keys !== undefined && wanted.every((key) => keys.has(key));
    return this.#now() - at < (found ? FOUND_TTL_MS : MISSING_TTL_MS);
  }
}
