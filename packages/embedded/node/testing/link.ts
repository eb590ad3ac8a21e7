/** A cable between a node and the others, for tests that pull it. */

import { runCommand } from "../network/command.ts";
import { lanNamespace, type NodeNetwork } from "../network/lan.ts";

/** Plugs the node out of the network (as a broken cable does) or in again. */
export async function setNodeLink(node: NodeNetwork, state: "up" | "down"): Promise<void> {
  await runCommand(["ip", "-n", lanNamespace(node.id), "link", "set", `port${node.index}`, state]);
}
