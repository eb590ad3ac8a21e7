/** Since when taints are on their nodes: not every taint says so itself. */
import type { Millis, Node, Taint } from "../objects/types.ts";

/** Remembers when each `NoExecute` taint was first seen, by its node. Forgets those that are gone. */
export class TaintTimes {
  readonly #byNode = new Map<string, Map<string, Millis>>();

  /** When this taint of the node was first seen, now at the latest. */
  since(node: Node, taint: Taint, now: Millis): Millis {
    const name = node.metadata.name ?? "";
    const before = this.#byNode.get(name);
    const all = (node.spec?.taints ?? []).filter((each) => each.effect === "NoExecute").map(idOf);
    const seen = new Map(all.map((id) => [id, before?.get(id) ?? now]));
    this.#byNode.set(name, seen);
    return seen.get(idOf(taint)) ?? now;
  }

  /** To be called when a node is gone. */
  forget(name: string): void {
    this.#byNode.delete(name);
  }
}

function idOf({ key, value = "", effect }: Taint): string {
  return `${key}=${value}:${effect}`;
}
