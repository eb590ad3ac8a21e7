/** Requests that the server makes itself: same rules, same admission, no client. */
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { parseRequest } from "../http/request-info.ts";
import type { Platform } from "../platform.ts";
import type { Resource } from "../registry/resource.ts";
import type { ResourceRequest } from "./context.ts";

const user = { name: "system:apiserver", groups: ["system:masters", "system:authenticated"] } as const;

export function internalRequest(
  platform: Platform,
  resource: Resource,
  namespace: string,
  name: string,
): ResourceRequest {
  const request = new IncomingMessage(new Socket());
  request.headers["user-agent"] = "kube-apiserver/internal";
  const exchange = { request, response: new ServerResponse(request), warnings: [] };
  const info = {
    ...parseRequest("POST", "/"),
    isResource: true,
    group: resource.group,
    version: resource.version,
    namespace,
    name,
    resource: resource.plural,
  };
  return { platform, resource, info, user, exchange };
}
