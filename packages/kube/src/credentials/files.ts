/** Credentials in files that somebody else rotates: read again at most once a minute, and when the server refused. */
import { readFile, stat } from "node:fs/promises";
import type { TlsMaterial } from "./load.ts";

const recheckMs = 60_000;

/** A bearer token in a file. */
export class FileToken {
  readonly #path: string;
  #token = "";
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(path: string) {
    this.#path = path;
  }

  async read(refused = false): Promise<string> {
    if (refused || performance.now() - this.#readAt > recheckMs) {
      this.#token = (await readFile(this.#path, "utf8")).trim();
      this.#readAt = performance.now();
    }
    return this.#token;
  }
}

/** TLS material partly in files, looked at again every minute: who rotates certificates need not restart us. */
export function filesTls(
  files: { readonly ca?: string | undefined; readonly cert?: string | undefined; readonly key?: string | undefined },
  inline: TlsMaterial,
): () => Promise<TlsMaterial> {
  const paths = Object.values(files).filter((path) => path !== undefined);
  let current: TlsMaterial | undefined;
  let stamp = "";
  let checkedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<TlsMaterial> | undefined;
  const look = async (): Promise<TlsMaterial> => {
    const stats = await Promise.all(paths.map((path) => stat(path)));
    const now = stats.map(({ mtimeMs, ino, size }) => `${mtimeMs}/${ino}/${size}`).join();
    if (current !== undefined && now === stamp) return current;
    const read = async (path: string | undefined) => (path === undefined ? undefined : await readFile(path));
    const [ca, cert, key] = await Promise.all([read(files.ca), read(files.cert), read(files.key)]);
    stamp = now;
    current = { ...inline, ca: ca ?? inline.ca, cert: cert ?? inline.cert, key: key ?? inline.key };
    return current;
  };
  return async () => {
    if (current !== undefined && (paths.length === 0 || performance.now() - checkedAt < recheckMs)) return current;
    checkedAt = performance.now();
    // Whoever asks meanwhile gets the same object: a different one would mean other certificates.
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
}
