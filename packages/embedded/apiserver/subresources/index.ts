/** Sub-resources that are more than a part of the object. */
import type { Allowed } from "../http/server.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { bindPod } from "./binding.ts";
import { evictPod } from "./eviction.ts";
import { finalizeNamespace } from "./finalize.ts";
import { podLog, podStream } from "./pod-stream.ts";
import { proxy } from "./proxy.ts";
import { scale } from "./scale.ts";
import { createToken } from "./token.ts";

export const subresourceHandlers: Readonly<
  Record<string, (request: ResourceRequest, allowed: Allowed) => Promise<void>>
> = {
  attach: podStream("attach"),
  binding: bindPod,
  eviction: evictPod,
  exec: podStream("exec"),
  finalize: finalizeNamespace,
  log: podLog,
  portforward: podStream("portforward"),
  proxy,
  scale,
  token: createToken,
};
