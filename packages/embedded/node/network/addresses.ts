/** The fixed addresses of an embedded cluster. All of them exist only inside its own network namespaces. */

export const SERVICE_CIDR = "10.96.0.0/16";
/** Where the API server is for whoever is inside; on lo of every node, relayed to the API server's socket. */
export const API_ADDRESS = "10.95.0.1";
export const API_PORT = 6443;
/** Answered by the node process itself, on every node. */
export const DNS_ADDRESS = "10.96.0.10";
export const CLUSTER_DOMAIN = "cluster.local";
/** Every pod's default gateway: an address of the node's lo, so that pods need no subnet. */
export const POD_GATEWAY = "169.254.1.1";
export const MAX_NODES = 9;

export const nodeAddress = (index: number): string => `10.95.1.${index}`;
/** Where the pods of a node live. */
export const podCidr = (index: number): string => `10.244.${index}.0/24`;
export const podAddress = (index: number, host: number): string => `10.244.${index}.${host}`;
