/** From an allowed request to whoever answers it. */
import { aggregatedDiscovery, apiVersions, groupDocument, groupList, resourceList } from "../discovery/documents.ts";
import { OpenApiDocuments } from "../discovery/openapi.ts";
import { versionInfo } from "../discovery/version.ts";
import { methodNotSupported, resourceNotServed } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { subresourceHandlers } from "../subresources/index.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { create } from "../verbs/create.ts";
import { remove, removeCollection } from "../verbs/delete.ts";
import { get } from "../verbs/get.ts";
import { list } from "../verbs/list.ts";
import { patch } from "../verbs/patch.ts";
import { update } from "../verbs/update.ts";
import { watch } from "../verbs/watch.ts";
import { virtualHandlers } from "../virtual/index.ts";
import { wantsAggregatedDiscovery } from "./negotiate.ts";
import { sendBytes, sendJson, sendText, warn } from "./respond.ts";
import type { Allowed, Dispatch } from "./server.ts";

type Handler = (request: ResourceRequest, allowed: Allowed) => Promise<void>;

const verbs: Readonly<Record<string, Handler>> = {
  get,
  list,
  watch,
  create,
  update,
  patch,
  delete: remove,
  deletecollection: removeCollection,
};

/** Sub-resources that have the object's own shape and are read and written as the object is. */
const objectSubresources = new Set(["status"]);

export function createDispatch(platform: Platform, serverAddress: string): Dispatch {
  const openApi = new OpenApiDocuments(platform.registry);
  return async (allowed) => {
    if (allowed.info.isResource) await dispatchResource(platform, allowed);
    else if (!(await dispatchPath(platform, openApi, serverAddress, allowed))) notFoundText(allowed);
  };
}

function notFoundText({ exchange }: Allowed): void {
  sendText(exchange, 404, "404 page not found\n");
}

async function dispatchResource(platform: Platform, allowed: Allowed): Promise<void> {
  const { info, exchange, user } = allowed;
  if (platform.registry.groupVersionResources(info.group, info.version) === undefined) {
    notFoundText(allowed);
    return;
  }
  const resource = platform.registry.find(info.group, info.version, info.resource);
  if (resource === undefined) throw resourceNotServed();
  // What is executed is what was authorised: nothing of the cluster's is reached through a namespace.
  if (!resource.namespaced && info.isInNamespace) throw resourceNotServed();
  const place = resource.namespaced ? info.namespace : "";
  const request: ResourceRequest = { platform, resource, info: { ...info, namespace: place }, user, exchange };
  if (resource.deprecation !== undefined) warn(exchange, resource.deprecation);
  if (resource.virtual === true) {
    const handler = virtualHandlers[`${resource.group}/${resource.plural}`];
    if (handler === undefined || info.name !== "" || resource.namespaced !== info.isInNamespace)
      throw resourceNotServed();
    if (info.verb !== "create") throw methodNotSupported(resource, info.verb);
    await handler(request);
    return;
  }
  await (info.subresource === "" ? handlerOf(request) : subresourceHandlerOf(request))(request, allowed);
}

function handlerOf({ resource, info }: ResourceRequest): Handler {
  const needsNamespace = resource.namespaced && info.namespace === "" && !["list", "watch"].includes(info.verb);
  if (needsNamespace && info.name !== "") throw resourceNotServed();
  const handler = verbs[info.verb];
  const isServed = resource.verbs.some((v) => v === info.verb);
  const isOddWatch = info.verb === "watch" && info.method !== "GET";
  const namesNew = info.verb === "create" && info.name !== "";
  if (handler === undefined || !isServed || needsNamespace || isOddWatch || namesNew) {
    throw methodNotSupported(resource, info.verb === "create" ? "post" : info.verb);
  }
  return handler;
}

/** The one place that looks at which verbs a sub-resource declares: the handlers may rely on it. */
function subresourceHandlerOf({ resource, info }: ResourceRequest): Handler {
  const declared = resource.subresources.find((s) => s.name === info.subresource);
  const isPlaced = !resource.namespaced || info.namespace !== "";
  const isLonger = info.rest.length > 0 && info.subresource !== "proxy";
  if (declared === undefined || !isPlaced || isLonger || info.verb === "watch") throw resourceNotServed();
  if (!declared.verbs.includes(info.verb))
    throw methodNotSupported(resource, info.verb === "create" ? "post" : info.verb);
  const handler = objectSubresources.has(info.subresource) ? verbs[info.verb] : subresourceHandlers[info.subresource];
  if (handler === undefined) throw resourceNotServed();
  return handler;
}

async function dispatchPath(
  platform: Platform,
  openApi: OpenApiDocuments,
  serverAddress: string,
  allowed: Allowed,
): Promise<boolean> {
  const { exchange, info } = allowed;
  const { registry } = platform;
  const path = info.path.length > 1 && info.path.endsWith("/") ? info.path.slice(0, -1) : info.path;
  const send = (body: object | undefined): boolean => {
    if (body === undefined) return false;
    sendJson(exchange, 200, body);
    return true;
  };
  const segments = path.split("/").slice(1);
  switch (segments[0]) {
    case "healthz":
    case "livez":
    case "readyz":
      sendText(exchange, 200, "ok");
      return true;
    case "version":
      return segments.length === 1 && send(versionInfo);
    case "api":
    case "apis":
      return dispatchDiscovery(platform, allowed, segments, serverAddress);
    case "openapi":
      return dispatchOpenApi(openApi, allowed, segments);
    case ".well-known":
      return (
        path === "/.well-known/openid-configuration" &&
        send(await platform.authenticator.openIdConfiguration(serverAddress))
      );
    case "openid":
      return path === "/openid/v1/jwks" && send(await platform.authenticator.keySet());
    case "":
      return send({ paths: rootPaths(registry.groups().map((g) => g.group)) });
    default:
      return false;
  }
}

function rootPaths(groups: readonly string[]): string[] {
  const named = groups.filter((g) => g !== "").map((g) => `/apis/${g}`);
  return [
    "/api",
    "/api/v1",
    "/apis",
    ...named,
    "/healthz",
    "/livez",
    "/openapi/v2",
    "/openapi/v3",
    "/readyz",
    "/version",
  ];
}

function dispatchDiscovery(
  { registry }: Platform,
  { exchange }: Allowed,
  segments: string[],
  serverAddress: string,
): boolean {
  const [root, group = "", version] = rootOf(segments);
  exchange.response.setHeader("Vary", "Accept");
  if (segments.length === 1) {
    const aggregated = wantsAggregatedDiscovery(exchange.request.headers.accept);
    if (aggregated !== undefined) {
      const type = `application/json;g=apidiscovery.k8s.io;v=${aggregated};as=APIGroupDiscoveryList`;
      sendBytes(exchange, 200, type, JSON.stringify(aggregatedDiscovery(registry, root === "api", aggregated)));
    } else sendJson(exchange, 200, root === "api" ? apiVersions(serverAddress) : groupList(registry));
    return true;
  }
  const document = version === undefined ? groupDocument(registry, group) : resourceList(registry, group, version);
  if (document === undefined) return false;
  sendJson(exchange, 200, document);
  return true;
}

/** `api, "", v1` or `apis, GROUP, VERSION`. */
function rootOf([root, first, second]: string[]): [string | undefined, string | undefined, string | undefined] {
  return root === "api" ? [root, "", first] : [root, first, second];
}

function dispatchOpenApi(openApi: OpenApiDocuments, { exchange }: Allowed, segments: string[]): boolean {
  const [, form, root, first = "", second = ""] = segments;
  if (form === "v2" && root === undefined) {
    const accept = exchange.request.headers.accept ?? "";
    // Asked for with `v2@v1.0`; what is answered must be a valid media type.
    const protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
    if (accept.includes("proto-openapi.spec.v2")) sendBytes(exchange, 200, protobuf, openApi.v2Protobuf());
    else sendBytes(exchange, 200, "application/json", openApi.v2());
    return true;
  }
  if (form !== "v3") return false;
  if (root === undefined) {
    sendJson(exchange, 200, openApi.index());
    return true;
  }
  const document = root === "api" ? openApi.document("", first) : openApi.document(first, second);
  if (document === undefined) return false;
  sendBytes(exchange, 200, "application/json", document);
  return true;
}
