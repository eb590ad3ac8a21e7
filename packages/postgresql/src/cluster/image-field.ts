/** Which field of the specification names the image of a container. Pure. */
import type { Container } from "@keelson/kube";
import type { PgCluster } from "./model.ts";

/** The kind of pod: an instance of a set or a restore of it, the repository host, a pooler, or a backup. */
export type PodKind = { readonly set: string } | "repoHost" | "pooler" | "backup";

/** What the user can do about the agent's image, which is the operator's own. */
export const AGENT_FIELD = "spec.imagePullSecrets";

/** Field of the image, and what to do when the image is not the user's choice. */
export function imageField(c: PgCluster, kind: PodKind, containerName: string): string {
  if (containerName === "database-init" || kind === "backup") return AGENT_FIELD;
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
