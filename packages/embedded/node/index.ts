/** What others use of the node: its networks, made and removed from the host's side, the clean-up after a hard end, and what is mounted. */

export { CHECKOUT, type Image, ImageStore, openImageStore, type Resolved } from "./images/index.ts";
export { cleanUpLeftovers } from "./leftovers.ts";
export { mountPoints } from "./mount-points.ts";
export { type NodeNetwork, nodeNamespace, prepareNodeNetwork, removeNodeNetwork } from "./network/lan.ts";
