/**
 * The network namespaces of a cluster's nodes, made from the host's side. Nothing of the host's own namespace changes:
 * every link is created inside a namespace of ours.
 *
 *   keelson-ID-NODE   one per node: 10.95.1.INDEX on lan0, pods behind veths, services by nftables
 *   keelson-ID-lan    a bridge that the nodes' lan0 are plugged into
 */

import { existsSync } from "node:fs";
import { API_ADDRESS, DNS_ADDRESS, MAX_NODES, nodeAddress, POD_GATEWAY, podCidr, SERVICE_CIDR } from "./addresses.ts";
import { runCommand } from "./command.ts";

/** Which node of which cluster. `id` is the first 8 hex digits of the data directory's hash. */
export interface NodeNetwork {
  readonly id: string;
  readonly name: string;
  /** 1 to 9. */
  readonly index: number;
}

const NETNS_FOLDER = "/run/netns";

/** Name of a node's namespace below /run/netns. */
export function nodeNamespace(id: string, name: string): string {
  return `keelson-${id}-${name}`;
}

/** Name of the namespace with the bridge of a cluster's nodes. */
export function lanNamespace(id: string): string {
  return `keelson-${id}-lan`;
}

function exists(namespace: string): boolean {
  return existsSync(`${NETNS_FOLDER}/${namespace}`);
}

/** Nodes of one cluster share its bridge: they are prepared one after another. */
let preparing: Promise<void> = Promise.resolve();

/** Makes the node's namespace and plugs it into the cluster's bridge. Does nothing when that is done already. */
export function prepareNodeNetwork(node: NodeNetwork): Promise<void> {
  const prepared = preparing.then(() => prepare(node));
  preparing = prepared.catch(() => {});
  return prepared;
}

async function prepare(node: NodeNetwork): Promise<void> {
  if (node.index < 1 || node.index > MAX_NODES)
    throw new Error(`node index ${node.index} is not between 1 and ${MAX_NODES}`);
  const lan = lanNamespace(node.id);
  if (!exists(lan)) await runCommand(["ip", "netns", "add", lan]);
  if ((await runCommand(["ip", "-n", lan, "link", "show", "type", "bridge"])) === "") {
    await ip(lan, ["link add lan0 type bridge", "link set lan0 up", "link set lo up"]);
  }
  const own = nodeNamespace(node.id, node.name);
  if (exists(own)) {
    if (await isComplete(own)) return;
    await runCommand(["ip", "netns", "delete", own]);
  }
  await runCommand(["ip", "netns", "add", own]);
  await ip(lan, [
    `link add port${node.index} type veth peer name lan0 netns ${own}`,
    `link set port${node.index} master lan0 up`,
  ]);
  await writeSysctls(own);
  await ip(own, nodeCommands(node.index));
}

/** The unreachable route is made last: a namespace that has it was not left half done. */
async function isComplete(namespace: string): Promise<boolean> {
  return (await runCommand(["ip", "-n", namespace, "route", "show", "type", "unreachable"])) !== "";
}

/** What is set inside a fresh node namespace. Routes to all other possible nodes are there from the start. */
function nodeCommands(index: number): string[] {
  const others = Array.from({ length: MAX_NODES }, (_, i) => i + 1).filter((other) => other !== index);
  return [
    "link set lo up",
    `address add ${nodeAddress(index)}/24 dev lan0`,
    "link set lan0 up",
    `address add ${API_ADDRESS}/32 dev lo`,
    `address add ${DNS_ADDRESS}/32 dev lo`,
    `address add ${POD_GATEWAY}/32 dev lo`,
    ...others.map((other) => `route add ${podCidr(other)} via ${nodeAddress(other)}`),
    // So that programs of the node itself get as far as the translation of service addresses.
    `route add ${SERVICE_CIDR} dev lan0 src ${nodeAddress(index)}`,
    // What no pod has is answered with "unreachable" at once instead of going round.
    `route add unreachable ${podCidr(index)}`,
  ];
}

async function writeSysctls(namespace: string): Promise<void> {
  const settings = [
    "ipv4/ip_forward=1",
    "ipv4/conf/all/rp_filter=0",
    "ipv4/conf/default/rp_filter=0",
    "ipv4/conf/all/send_redirects=0",
  ];
  const script = settings.map((line) => line.split("=")).map(([key, value]) => `echo ${value} > /proc/sys/net/${key}`);
  await runCommand(["nsenter", `--net=${NETNS_FOLDER}/${namespace}`, "sh", "-ec", script.join("; ")]);
}

async function ip(namespace: string, commands: readonly string[]): Promise<void> {
  await runCommand(["ip", "-n", namespace, "-batch", "-"], { input: commands.join("\n") });
}

/** Takes the node's namespace away, and the bridge with the last node. Processes inside must have ended. */
export async function removeNodeNetwork(node: NodeNetwork, others: readonly string[] = []): Promise<void> {
  const own = nodeNamespace(node.id, node.name);
  if (exists(own)) await runCommand(["ip", "netns", "delete", own]);
  const lan = lanNamespace(node.id);
  if (others.length === 0 && exists(lan)) await runCommand(["ip", "netns", "delete", lan]);
}
