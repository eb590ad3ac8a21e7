/** `proxy` of pods, services and nodes: plain HTTP to something in the cluster, under this server's authorisation. */
import { request as httpRequest } from "node:http";
import { connect as tlsConnect } from "node:tls";
import { badRequest, notFound, serviceUnavailable } from "../errors.ts";
import type { Allowed } from "../http/server.ts";
import type { Platform } from "../platform.ts";
import { storageKey } from "../storage/stored.ts";
import { type JsonObject, type KubeObject, numberAt, objectAt, objectsAt, stringAt } from "../types.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { dialCluster, kubeletRequest, nodeNamed } from "./node-connection.ts";
import { forwardedHeaders, passThrough } from "./pass-through.ts";

/** `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`. */
export function parseProxyName(text: string): { scheme: "http" | "https"; name: string; port: string } {
  const parts = text.split(":");
  const [first = "", second = "", third = ""] = parts;
  if (parts.length === 1) return { scheme: "http", name: first, port: "" };
  if (parts.length === 2) return { scheme: "http", name: first, port: second };
  if (parts.length === 3 && (first === "http" || first === "https" || first === "")) {
    return { scheme: first === "https" ? "https" : "http", name: second, port: third };
  }
  throw badRequest(`invalid proxy request ${JSON.stringify(text)}`);
}

/** The part of the URL after `/proxy`, as the client wrote it. */
function pathAfterProxy(url: string, name: string): string {
  const [found] = [`/${encodeURIComponent(name)}/proxy`, `/${name}/proxy`].filter((part) => url.includes(part));
  const at = found === undefined ? url.indexOf("/proxy") : url.indexOf(found) + found.length - "/proxy".length;
  const rest = url.slice(at + "/proxy".length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}

interface Target {
  readonly node: KubeObject | undefined;
  readonly host: string;
  readonly port: number;
}

export async function proxy(request: ResourceRequest, allowed: Allowed): Promise<void> {
  const { resource, info, platform } = request;
  const client = allowed.exchange.request;
  const { scheme, name, port } = parseProxyName(info.name);
  const path = pathAfterProxy(client.url ?? "/", info.name);
  const headers = forwardedHeaders(client.headers, allowed.upgrade !== undefined);
  const method = client.method ?? "GET";
  if (resource.collection === "nodes") {
    const target = kubeletRequest(platform, nodeNamed(platform, name), {
      path,
      method,
      headers: { ...headers, host: "kubelet" },
    });
    await passThrough(allowed, target);
    return;
  }
  const target = resource.collection === "pods" ? podTarget(request, name, port) : serviceTarget(request, name, port);
  let socket = await dialCluster(platform, target).catch((error: unknown) => {
    throw serviceUnavailable(`error trying to reach service: ${error instanceof Error ? error.message : error}`);
  });
  if (scheme === "https") socket = tlsConnect({ socket, rejectUnauthorized: false });
  const host = `${target.host}:${target.port}`;
  await passThrough(
    allowed,
    httpRequest({ createConnection: () => socket, path, method, headers: { ...headers, host }, agent: false }),
  );
}

function podTarget({ resource, info, platform }: ResourceRequest, name: string, port: string): Target {
  const pod = platform.store.get(resource.collection, storageKey(info.namespace, name))?.object;
  if (pod === undefined) throw notFound(resource, name);
  const host = stringAt(pod.status, "podIP") ?? "";
  return { node: nodeOf(platform, stringAt(pod.spec, "nodeName")), host, port: podPort(pod, port) };
}

function podPort(pod: KubeObject, asked: string): number {
  if (/^\d+$/.test(asked)) return Number(asked);
  const ports = objectsAt(pod.spec, "containers").flatMap((c) => objectsAt(c, "ports"));
  const found = asked === "" ? ports[0] : ports.find((p) => p["name"] === asked);
  return numberAt(found, "containerPort") ?? 80;
}

function nodeOf(platform: Platform, name: string | undefined): KubeObject | undefined {
  return name === undefined || name === "" ? undefined : platform.store.get("nodes", name)?.object;
}

/** A ready endpoint of the service, at random. */
function serviceTarget({ resource, info, platform }: ResourceRequest, name: string, port: string): Target {
  const key = storageKey(info.namespace, name);
  const service = platform.store.get(resource.collection, key)?.object;
  if (service === undefined) throw notFound(resource, name);
  const ports = objectsAt(service.spec, "ports");
  const wanted =
    ports.find((p) => p["name"] === port || String(p["port"]) === port) ??
    (port === "" && ports.length === 1 ? ports[0] : undefined);
  const none = serviceUnavailable(`no endpoints available for service ${JSON.stringify(info.name)}`);
  if (wanted === undefined && port !== "")
    throw serviceUnavailable(`no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`);
  const portName = stringAt(wanted, "name") ?? "";
  const found = objectsAt(platform.store.get("endpoints", key)?.object, "subsets").flatMap((subset) => {
    const endpointPort = objectsAt(subset, "ports").find((p) => (stringAt(p, "name") ?? "") === portName);
    const number = numberAt(endpointPort, "port");
    if (number === undefined) return [];
    return objectsAt(subset, "addresses").flatMap((address) => {
      const pod = podBehind(platform, address, info.namespace);
      return pod === undefined ? [] : [{ pod, number }];
    });
  });
  const chosen = found[Math.floor(Math.random() * found.length)];
  if (chosen === undefined) throw none;
  return {
    node: nodeOf(platform, stringAt(chosen.pod.spec, "nodeName")),
    host: stringAt(chosen.pod.status, "podIP") ?? "",
    port: chosen.number,
  };
}

/** The pod that an endpoint stands for. Without one it is an address that somebody wrote down: nothing is passed on to it. */
function podBehind(platform: Platform, address: JsonObject, namespace: string): KubeObject | undefined {
  const target = objectAt(address, "targetRef");
  if (target === undefined || stringAt(target, "namespace") !== namespace) return undefined;
  const pod = platform.store.get("pods", storageKey(namespace, stringAt(target, "name") ?? ""))?.object;
  return stringAt(pod?.status, "podIP") === stringAt(address, "ip") ? pod : undefined;
}
