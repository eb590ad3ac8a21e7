/** The files of /etc that a node writes for its pods. */

import type { Pod } from "@keelson/kube";
import { CLUSTER_DOMAIN, DNS_ADDRESS } from "../network/addresses.ts";

const LONGEST_HOSTNAME = 63;

/** The host name inside the pod. */
export function podHostname(pod: Pod): string {
  return (pod.spec?.hostname ?? pod.metadata?.name ?? "pod").slice(0, LONGEST_HOSTNAME).replace(/[-.]+$/, "");
}

/** The pod's full name in DNS, when it has a subdomain. */
export function podDomainName(pod: Pod): string | undefined {
  const subdomain = pod.spec?.subdomain;
  return subdomain === undefined || subdomain === ""
    ? undefined
    : `${podHostname(pod)}.${subdomain}.${pod.metadata?.namespace}.svc.${CLUSTER_DOMAIN}`;
}

/** /etc/hosts of the pod. */
export function hostsFile(pod: Pod, ip: string): string {
  const names = [podDomainName(pod), podHostname(pod)].filter((name) => name !== undefined);
  const aliases = (pod.spec?.hostAliases ?? []).map(
    ({ ip: address, hostnames = [] }) => `${address}\t${hostnames.join("\t")}`,
  );
  return [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    `${ip}\t${names.join("\t")}`,
    ...(aliases.length === 0 ? [] : ["", "# Entries added by HostAliases.", ...aliases]),
    "",
  ].join("\n");
}

/** /etc/resolv.conf of the pod, by its dnsPolicy and dnsConfig. */
export function resolvFile(pod: Pod): string {
  const { dnsConfig, hostNetwork = false } = pod.spec ?? {};
  const policy = pod.spec?.dnsPolicy ?? "ClusterFirst";
  const cluster = policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && !hostNetwork);
  const searches = cluster
    ? [`${pod.metadata?.namespace}.svc.${CLUSTER_DOMAIN}`, `svc.${CLUSTER_DOMAIN}`, CLUSTER_DOMAIN]
    : [];
  const servers = policy === "None" ? [] : [DNS_ADDRESS];
  const options = new Map<string, string | undefined>(cluster ? [["ndots", "5"]] : []);
  for (const { name, value } of dnsConfig?.options ?? []) if (name !== undefined) options.set(name, value);
  const allSearches = [...new Set([...searches, ...(dnsConfig?.searches ?? [])])];
  const text = [...options].map(([name, value]) => (value === undefined ? name : `${name}:${value}`));
  return [
    ...(allSearches.length === 0 ? [] : [`search ${allSearches.join(" ")}`]),
    ...[...new Set([...servers, ...(dnsConfig?.nameservers ?? [])])].map((server) => `nameserver ${server}`),
    ...(text.length === 0 ? [] : [`options ${text.join(" ")}`]),
    "",
  ].join("\n");
}
