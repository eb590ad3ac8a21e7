/** Sub-resources that are more than a part of the object. */
import type { Allowed } from "../http/server.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { bindPod } from "./binding.ts";
import { evictPod } from "./eviction.ts";
import { changeEphemeralContainers, finalizeNamespace, resizePod } from "./object-part.ts";
import { scale } from "./scale.ts";
import { createToken } from "./token.ts";

export const subresourceHandlers: Readonly<
  Record<string, (request: ResourceRequest, allowed: Allowed) => Promise<void>>
> = {
  binding: bindPod,
  ephemeralcontainers: changeEphemeralContainers,
  eviction: evictPod,
  finalize: finalizeNamespace,
  resize: resizePod,
  scale,
  token: createToken,
};
