/** A node's own credentials reach its own Node, Lease and pods, and nobody else's. */
import { forbidden } from "../errors.ts";
import type { User } from "../types.ts";
import { stringAt } from "../types.ts";
import type { AdmissionStep, Admitted } from "./admission.ts";

const prefix = "system:node:";

/** The node that a user is, by name and group. */
export function nodeOf(user: User): string | undefined {
  return user.groups.includes("system:nodes") && user.name.startsWith(prefix)
    ? user.name.slice(prefix.length)
    : undefined;
}

export const nodeRestriction: AdmissionStep = { name: "NodeRestriction", validate: restrict };

function restrict({ request, object, old, operation }: Admitted): void {
  const { resource, info, user } = request;
  const node = nodeOf(user);
  if (node === undefined) return;
  const name = info.name === "" ? (object?.metadata.name ?? "") : info.name;
  const refuse = (why: string): Error => forbidden(resource, name, why);
  switch (resource.collection) {
    case "nodes":
      if (operation === "DELETE") throw refuse(`node ${JSON.stringify(node)} cannot delete nodes`);
      if (name !== node)
        throw refuse(`node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(name)}`);
      return;
    case "coordination.k8s.io/leases":
      if (info.namespace !== "kube-node-lease" || name !== node) {
        throw refuse(`can only access node lease with the same name as the requesting node`);
      }
      return;
    case "pods": {
      const pod = old ?? object;
      const bound = stringAt(pod?.spec, "nodeName") ?? "";
      if (operation === "CREATE" && object?.metadata.annotations?.["kubernetes.io/config.mirror"] === undefined) {
        throw refuse(
          `pod does not have "kubernetes.io/config.mirror" annotation, node ${JSON.stringify(node)} can only create mirror pods`,
        );
      }
      if (bound !== node) {
        const isEviction = info.subresource === "eviction";
        const verb = isEviction ? "evict" : operation === "DELETE" ? "delete" : "update status for";
        throw refuse(`node ${JSON.stringify(node)} can only ${verb} pods with spec.nodeName set to itself`);
      }
      return;
    }
    default:
  }
}
