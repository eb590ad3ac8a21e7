/**
 * How this server reaches a node: our own nodes by their sockets in the folder of the running cluster, others by the kubelet's
 * address as upstream does.
 */
import { type ClientRequest, request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { badRequest, serviceUnavailable } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { type KubeObject, numberAt, objectAt, objectsAt, stringAt } from "../types.ts";
import { mayConnectTo } from "../validation/addresses.ts";

/** Says that a node is one of ours. Its value counts for nothing: whoever may patch nodes may write it. */
const socketAnnotation = "keelson.dev/kubelet-socket";
const relayTimeoutMs = 10_000;

export function nodeNamed(platform: Platform, name: string): KubeObject {
  const node = platform.store.get("nodes", name)?.object;
  if (node === undefined) throw serviceUnavailable(`node ${JSON.stringify(name)} is not known`);
  return node;
}

/** The folder of the sockets of a node of ours; undefined for other nodes. */
function socketsOf({ runDirectory }: Platform, node: KubeObject | undefined): string | undefined {
  const { name, annotations } = node?.metadata ?? {};
  if (runDirectory === undefined || name === undefined || annotations?.[socketAnnotation] === undefined)
    return undefined;
  return join(runDirectory, name);
}

/** A request to the node's kubelet API; the caller ends it. */
export function kubeletRequest(platform: Platform, node: KubeObject, options: RequestOptions): ClientRequest {
  const sockets = socketsOf(platform, node);
  if (sockets !== undefined)
    return httpRequest({ ...options, socketPath: join(sockets, "kubelet.sock"), agent: false });
  const addresses = objectsAt(node.status, "addresses");
  const address = addresses.find((a) => a["type"] === "InternalIP") ?? addresses[0];
  const host = stringAt(address, "address");
  const port = numberAt(objectAt(objectAt(node.status, "daemonEndpoints"), "kubeletEndpoint"), "Port");
  if (host === undefined || port === undefined)
    throw badRequest(`node ${node.metadata.name} has no address of its kubelet yet`);
  requireConnectable(host);
  return httpsRequest({ ...options, host, port, agent: false, ...platform.kubeletTls, rejectUnauthorized: false });
}

/** Addresses come from objects that others write: none of them leads back to this machine. */
export function requireConnectable(address: string): void {
  if (!mayConnectTo(address)) throw badRequest("address not allowed");
}

/** A TCP connection to an address in the cluster's network, through the node's relay where there is one. */
export function dialCluster(
  platform: Platform,
  { node, host, port }: { readonly node: KubeObject | undefined; readonly host: string; readonly port: number },
): Promise<Socket> {
  requireConnectable(host);
  const sockets = socketsOf(platform, node);
  return sockets === undefined ? connected(connect({ host, port })) : relayed(join(sockets, "relay.sock"), host, port);
}

function connected(socket: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** The relay's protocol: one line of JSON there, `ok` or `error: why` back, then bytes. */
async function relayed(path: string, host: string, port: number): Promise<Socket> {
  const socket = await connected(connect(path));
  socket.write(`${JSON.stringify({ host, port })}\n`);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(new Error(`no answer from the relay for ${host}:${port}`)), relayTimeoutMs);
    let answer = Buffer.alloc(0);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    socket.once("error", fail);
    socket.once("close", () => fail(new Error(`the relay closed the connection to ${host}:${port}`)));
    socket.on("data", function read(chunk: Buffer) {
      answer = Buffer.concat([answer, chunk]);
      const end = answer.indexOf("\n");
      if (end < 0) return;
      clearTimeout(timer);
      socket.off("data", read);
      socket.off("error", fail);
      socket.removeAllListeners("close");
      const line = answer.subarray(0, end).toString();
      if (line !== "ok") {
        fail(new Error(line.replace(/^error: /, "")));
        return;
      }
      socket.pause();
      if (end + 1 < answer.length) socket.unshift(answer.subarray(end + 1));
      resolve(socket);
    });
  });
}
