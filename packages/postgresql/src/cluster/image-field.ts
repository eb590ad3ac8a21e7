/** Which field of the specification names the image of a container. Pure. */
import type { Container } from "@keelson/kube";
import type { PgCluster } from "./model.ts";

/** The kind of pod: an instance of a set, the repository host, or a pooler. */
export type PodKind = { readonly set: string } | "repoHost" | "pooler";

/** Field of the image, and what to do when the image is not the user's choice. */
export function imageField(c: PgCluster, kind: PodKind, containerName: string): string {
  // The agent's image is the operator's own: all the user can do about it here is credentials.
  if (containerName === "database-init") return "spec.imagePullSecrets";
  if (kind === "repoHost")
    return (
      own(c.backups.repoHost.sidecars, "spec.backups.pgbackrest.repoHost", containerName) ??
      "spec.backups.pgbackrest.image"
    );
  if (kind === "pooler")
    return own(c.pooler?.sidecars ?? [], "spec.proxy.pgBouncer", containerName) ?? "spec.proxy.pgBouncer.image";
  const set = c.sets.find(({ name }) => name === kind.set);
  const path = `spec.instances[${kind.set}]`;
  return (
    own(set?.sidecars ?? [], path, containerName) ??
    own(set?.initContainers ?? [], path, containerName, "initContainers") ??
    "spec.image"
  );
}

function own(containers: readonly Container[], path: string, name: string, list = "sidecars"): string | undefined {
  return containers.some((each) => each.name === name) ? `${path}.${list}[${name}].image` : undefined;
}
