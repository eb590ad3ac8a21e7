/** Sub-resources that are more than a part of the object. */
import type { Allowed } from "../http/server.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { scale } from "./scale.ts";

export const subresourceHandlers: Readonly<
  Record<string, (request: ResourceRequest, allowed: Allowed) => Promise<void>>
> = {
  scale,
};
