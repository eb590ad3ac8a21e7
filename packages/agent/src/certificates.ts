/** Copies of the certificates with the owner and the modes that PostgreSQL and libpq insist on. */
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const FILES = ["tls.crt", "tls.key", "ca.crt", "replication/tls.crt", "replication/tls.key", "replication/ca.crt"];

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Copies what differs, each file whole or not at all.
 * @returns true when something was copied
 */
export function copyCertificates(from = "/etc/keelson/tls", to = "/pgconf/tls"): boolean {
  let changed = false;
  for (const file of FILES) {
    const wanted = contentOf(join(from, file));
    const target = join(to, file);
    if (wanted === undefined || wanted === contentOf(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(`${target}.new`, wanted, { mode: 0o600 });
    chmodSync(`${target}.new`, 0o600);
    renameSync(`${target}.new`, target);
    changed = true;
  }
  return changed;
}
