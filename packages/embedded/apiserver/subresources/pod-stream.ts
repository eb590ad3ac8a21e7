/** `log`, `exec`, `attach` and `portforward` of pods: checked here, done by the pod's node. */
import { badRequest, notFound, StatusError } from "../errors.ts";
import { isTrue } from "../http/request-info.ts";
import type { Allowed } from "../http/server.ts";
import { storageKey } from "../storage/stored.ts";
import { type KubeObject, objectsAt, stringAt } from "../types.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { kubeletRequest, nodeNamed } from "./node-connection.ts";
import { forwardedHeaders, passThrough } from "./pass-through.ts";

function podOf({ resource, info, platform }: ResourceRequest): KubeObject {
  const pod = platform.store.get(resource.collection, storageKey(info.namespace, info.name))?.object;
  if (pod === undefined) throw notFound(resource, info.name);
  return pod;
}

function namesOf(pod: KubeObject, list: string): string[] {
  return objectsAt(pod.spec, list).map((c) => stringAt(c, "name") ?? "");
}

/** The container that is meant: the one named, or the only one. */
function containerOf(pod: KubeObject, asked: string): string {
  const containers = namesOf(pod, "containers");
  const init = namesOf(pod, "initContainers");
  const name = pod.metadata.name ?? "";
  if (asked !== "") {
    if ([...containers, ...init].includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const [only] = containers;
  if (only !== undefined && containers.length === 1) return only;
  const more = init.length > 0 ? ` or one of the init containers: [${init.join(" ")}]` : "";
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${containers.join(" ")}]${more}`,
  );
}

function hostOf(pod: KubeObject): string {
  const node = stringAt(pod.spec, "nodeName") ?? "";
  if (node === "") throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return node;
}

const logOptions = [
  "follow",
  "previous",
  "sinceSeconds",
  "sinceTime",
  "timestamps",
  "tailLines",
  "limitBytes",
  "stream",
];

export async function podLog(request: ResourceRequest): Promise<void> {
  const { info, platform, exchange } = request;
  const pod = podOf(request);
  const container = containerOf(pod, info.query.get("container") ?? "");
  const nodeName = stringAt(pod.spec, "nodeName") ?? "";
  if (nodeName === "") {
    exchange.response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": 0 }).end();
    return;
  }
  const query = new URLSearchParams();
  for (const option of logOptions) {
    const value = info.query.get(option);
    if (value !== null) query.set(option, value);
  }
  const path = `/containerLogs/${info.namespace}/${info.name}/${container}?${query}`;
  const target = kubeletRequest(platform, nodeNamed(platform, nodeName), { path, method: "GET" });
  await new Promise<void>((resolve, reject) => {
    target.once("error", (error) =>
      reject(new StatusError(500, "InternalError", `Internal error occurred: ${error.message}`)),
    );
    target.once("response", (answer) => {
      if (answer.statusCode === 200) {
        const { response } = exchange;
        response.writeHead(200, { "Content-Type": "text/plain" });
        response.flushHeaders();
        answer.pipe(response);
        answer.once("close", resolve);
        answer.once("error", () => response.destroy());
        response.once("close", () => target.destroy());
        return;
      }
      collect(answer).then((text) => reject(kubeletError(answer.statusCode ?? 500, text)), reject);
    });
    target.end();
  });
}

async function collect(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8").trim();
}

function kubeletError(code: number, text: string): StatusError {
  if (code === 400) return badRequest(text);
  if (code === 404)
    return new StatusError(404, "NotFound", text === "" ? "the server could not find the requested resource" : text);
  return new StatusError(500, "InternalError", `Internal error occurred: ${text}`);
}

type Kind = "exec" | "attach" | "portforward";

const streams: readonly (readonly [ours: string, kubelets: string])[] = [
  ["stdin", "input"],
  ["stdout", "output"],
  ["stderr", "error"],
  ["tty", "tty"],
];

function kubeletPath(request: ResourceRequest, kind: Kind, pod: KubeObject): string {
  const { namespace, name, query } = request.info;
  const forwarded = new URLSearchParams();
  if (kind === "portforward") {
    for (const port of query.getAll("ports")) forwarded.append("port", port);
    return `/portForward/${namespace}/${name}${forwarded.size > 0 ? `?${forwarded}` : ""}`;
  }
  for (const [ours, kubelets] of streams) if (isTrue(query.get(ours))) forwarded.set(kubelets, "1");
  if (!streams.some(([, kubelets]) => kubelets !== "tty" && forwarded.has(kubelets))) {
    throw badRequest("you must specify at least 1 of stdin, stdout, stderr");
  }
  const container = containerOf(pod, query.get("container") ?? "");
  if (kind === "exec") {
    const command = query.getAll("command");
    if (command.length === 0) throw badRequest("you must specify a command");
    for (const part of command) forwarded.append("command", part);
  }
  return `/${kind}/${namespace}/${name}/${container}?${forwarded}`;
}

/** One handler for the three kinds of streams: the node speaks the client's protocol, we pass it on. */
export function podStream(kind: Kind): (request: ResourceRequest, allowed: Allowed) => Promise<void> {
  return async (request, allowed) => {
    const { platform } = request;
    const pod = podOf(request);
    const host = hostOf(pod);
    const path = kubeletPath(request, kind, pod);
    if (allowed.upgrade === undefined) throw badRequest("Upgrade request required");
    const headers = forwardedHeaders(allowed.exchange.request.headers, true);
    const method = allowed.exchange.request.method ?? "GET";
    const target = kubeletRequest(platform, nodeNamed(platform, host), {
      path,
      method,
      headers: { ...headers, host: "kubelet" },
    });
    await passThrough(allowed, target);
  };
}
