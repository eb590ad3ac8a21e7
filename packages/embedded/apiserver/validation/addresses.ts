/** Addresses that stand for something else on every machine: never a pod, never a place to connect to on somebody's word. */
import { BlockList, isIP } from "node:net";

interface SpecialRange {
  /** As Kubernetes says it of an address that may not be in this range. */
  readonly detail: (address: string) => string;
  readonly holds: BlockList;
}

function blockList(...subnets: readonly (readonly [net: string, prefix: number])[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, isIP(net) === 6 ? "ipv6" : "ipv4");
  return list;
}

const ranges: readonly SpecialRange[] = [
  {
    holds: blockList(["0.0.0.0", 32], ["::", 128]),
    detail: (address) => `may not be unspecified (${address})`,
  },
  {
    holds: blockList(["127.0.0.0", 8], ["::1", 128]),
    detail: () => "may not be in the loopback range (127.0.0.0/8, ::1/128)",
  },
  {
    holds: blockList(["169.254.0.0", 16], ["fe80::", 10]),
    detail: () => "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
  },
  {
    holds: blockList(["224.0.0.0", 24], ["ff02::", 16]),
    detail: () => "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
  },
];

const broadcastAndMulticast = blockList(["255.255.255.255", 32], ["224.0.0.0", 4], ["ff00::", 8]);

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** What is wrong with an address of an endpoint, in Kubernetes' words. `address` is a valid IP address. */
export function endpointAddressProblems(address: string): string[] {
  return ranges.filter(({ holds }) => isIn(holds, address)).map(({ detail }) => detail(address));
}

/** True for an IP address that a request may be passed on to: one of one machine or pod (Go's `IsGlobalUnicast`). */
export function mayConnectTo(address: string): boolean {
  if (isIP(address) === 0) return false;
  return !isIn(broadcastAndMulticast, address) && ranges.every(({ holds }) => !isIn(holds, address));
}
