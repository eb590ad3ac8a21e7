/** `proxy` of pods, services and nodes: plain HTTP to something in the cluster, under this server's authorisation. */
import { request as httpRequest } from "node:http";
import { connect as tlsConnect } from "node:tls";
import { badRequest, notFound, serviceUnavailable } from "../errors.ts";
import type { Allowed } from "../http/server.ts";
import type { Platform } from "../platform.ts";
import { storageKey } from "../storage/stored.ts";
import { type KubeObject, numberAt, objectsAt, stringAt } from "../types.ts";
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
  const start = url.indexOf(`/${encodeURIComponent(name)}/proxy`);
  const plain = start < 0 ? url.indexOf(`/${name}/proxy`) : start;
  const rest = url.slice(url.indexOf("/proxy", plain) + "/proxy".length);
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
  let socket = await dialCluster(target.node, target.host, target.port).catch((error: unknown) => {
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
  if (host === "") throw badRequest(`address not allowed`);
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
    return number === undefined ? [] : objectsAt(subset, "addresses").map((address) => ({ address, number }));
  });
  const chosen = found[Math.floor(Math.random() * found.length)];
  if (chosen === undefined) throw none;
  return {
    node: nodeOf(platform, stringAt(chosen.address, "nodeName")),
    host: stringAt(chosen.address, "ip") ?? "",
    port: chosen.number,
  };
}
