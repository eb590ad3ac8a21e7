/** Services as an nftables ruleset. Pure text; applied whole, in one transaction. */

import { createHash } from "node:crypto";
import { DNS_ADDRESS, SERVICE_CIDR } from "./addresses.ts";
import type { Backend, ServicePort } from "./service-rules.ts";

export interface RulesetInput {
  readonly ports: readonly ServicePort[];
  /** The node's address: a pod that reaches itself by a service sees this as its client. */
  readonly nodeAddress: string;
}

const TABLE = "ip keelson";

/** The whole ruleset. Equal input gives equal text. */
export function nftRuleset({ ports, nodeAddress }: RulesetInput): string {
  const chains = ports.filter(({ backends }) => backends.length > 0);
  const byAddress = chains.map((port) => `${port.ip} . ${port.protocol} . ${port.port} : goto ${chainName(port)}`);
  const byNodePort = chains.flatMap((port) =>
    port.nodePort === undefined ? [] : [`${port.protocol} . ${port.nodePort} : goto ${chainName(port)}`],
  );
  const hairpins = [...new Set(ports.flatMap(({ backends }) => backends.map(({ ip }) => ip)))]
    .sort()
    .map((ip) => `${ip} . ${ip}`);
  return [
    `table ${TABLE}`,
    `delete table ${TABLE}`,
    `table ${TABLE} {`,
    ...chains.flatMap(affinitySets),
    ...chains.flatMap(serviceChain),
    ...block("map service_ips", ["type ipv4_addr . inet_proto . inet_service : verdict", ...elements(byAddress)]),
    ...block("map node_ports", ["type inet_proto . inet_service : verdict", ...elements(byNodePort)]),
    ...block("set hairpins", ["type ipv4_addr . ipv4_addr", ...elements(hairpins)]),
    ...block("chain services", [
      "ip daddr . meta l4proto . th dport vmap @service_ips",
      `ip daddr != ${SERVICE_CIDR} fib daddr type local meta l4proto . th dport vmap @node_ports`,
    ]),
    ...block("chain prerouting", ["type nat hook prerouting priority dstnat; policy accept;", "jump services"]),
    ...block("chain output", ["type nat hook output priority -100; policy accept;", "jump services"]),
    ...block("chain postrouting", [
      "type nat hook postrouting priority srcnat; policy accept;",
      `ip saddr . ip daddr @hairpins snat to ${nodeAddress}`,
    ]),
    // What is still addressed to a service has no pod behind it: refused at once, as a closed port would.
    ...block("chain unserved", [
      `ip daddr ${DNS_ADDRESS} return`,
      `ip daddr ${SERVICE_CIDR} meta l4proto tcp reject with tcp reset`,
      `ip daddr ${SERVICE_CIDR} reject`,
    ]),
    ...block("chain unserved_prerouting", [
      "type filter hook prerouting priority -90; policy accept;",
      "jump unserved",
    ]),
    ...block("chain unserved_output", ["type filter hook output priority 0; policy accept;", "jump unserved"]),
    "}",
    "",
  ].join("\n");
}

function block(head: string, lines: readonly string[]): string[] {
  return [`  ${head} {`, ...lines.map((line) => `    ${line}`), "  }"];
}

function elements(entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : [`elements = { ${entries.join(", ")} }`];
}

/** Short, and unique by the service's port: names of chains may not be arbitrarily long. */
function chainName(port: ServicePort): string {
  const hash = createHash("sha256")
    .update(`${port.namespace}/${port.name}/${port.protocol}/${port.port}`)
    .digest("hex");
  return `svc_${hash.slice(0, 16)}`;
}

const endpointName = (port: ServicePort, { ip, port: number }: Backend): string =>
  `${chainName(port)}_${ip.replaceAll(".", "_")}_${number}`;

function affinitySets(port: ServicePort): string[] {
  if (port.affinitySeconds === undefined) return [];
  return port.backends.flatMap((backend) =>
    block(`set ${endpointName(port, backend)}_clients`, [
      "type ipv4_addr",
      "flags dynamic,timeout",
      `timeout ${port.affinitySeconds}s`,
    ]),
  );
}

function serviceChain(port: ServicePort): string[] {
  const { backends } = port;
  if (port.affinitySeconds === undefined) return block(`chain ${chainName(port)}`, [translation(backends)]);
  const endpoints = backends.flatMap((backend) => {
    const set = `@${endpointName(port, backend)}_clients`;
    return block(`chain ${endpointName(port, backend)}`, [
      `update ${set} { ip saddr }`,
      `meta l4proto ${port.protocol} dnat to ${backend.ip}:${backend.port}`,
    ]);
  });
  const known = backends.map(
    (backend) => `ip saddr @${endpointName(port, backend)}_clients goto ${endpointName(port, backend)}`,
  );
  const choice = backends.map((backend, index) => `${index} : goto ${endpointName(port, backend)}`).join(", ");
  return [
    ...endpoints,
    ...block(`chain ${chainName(port)}`, [...known, `numgen random mod ${backends.length} vmap { ${choice} }`]),
  ];
}

function translation(backends: readonly Backend[]): string {
  const [only] = backends;
  if (backends.length === 1 && only !== undefined) return `meta l4proto { tcp, udp } dnat to ${only.ip}:${only.port}`;
  const choice = backends.map(({ ip, port }, index) => `${index} : ${ip} . ${port}`).join(", ");
  return `meta l4proto { tcp, udp } dnat ip addr . port to numgen random mod ${backends.length} map { ${choice} }`;
}
