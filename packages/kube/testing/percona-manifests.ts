/** Where tests find the manifests that Percona publishes with its operators. They are not part of this repository. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

export interface PerconaManifests {
  /** The product's folder, with `crd.yaml`, `cr.yaml`, `backup.yaml` and `restore.yaml`. */
  readonly folder: string;
  /** Why a test that needs them has to be skipped; undefined when they are there. */
  readonly missing: string | undefined;
}

/** Of one product, such as `postgresql`: below `$KEELSON_PERCONA_MANIFESTS`, else in `../shared/percona` beside the repository. */
export function perconaManifests(product: string): PerconaManifests {
  const repository = resolve(import.meta.dirname, "../../..");
  const all = process.env["KEELSON_PERCONA_MANIFESTS"] ?? join(repository, "../shared/percona");
  const folder = join(all, product);
  if (existsSync(join(folder, "crd.yaml"))) return { folder, missing: undefined };
  return { folder, missing: `Percona's manifests are not at ${folder}: KEELSON_PERCONA_MANIFESTS names their folder` };
}
