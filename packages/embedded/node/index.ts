/** What others use of the node: its networks, made and removed from the host's side, and the clean-up after a hard end. */

export { CHECKOUT, type Image, ImageStore, openImageStore, type Resolved } from "./images/index.ts";
export { cleanUpLeftovers } from "./leftovers.ts";
export { type NodeNetwork, nodeNamespace, prepareNodeNetwork, removeNodeNetwork } from "./network/lan.ts";
