/** The few calls to the Kubernetes API that the agent needs, with the pod's own service account. No library: the agent must stay small. */
import { readFileSync } from "node:fs";
import { request } from "node:https";

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

export class ApiFailure extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = "ApiFailure";
    this.status = status;
  }
}

/** Where the API is and how this pod shows who it is. The token is read again each time: Kubernetes renews it. */
export function credentials(): {
  readonly host: string;
  readonly port: number;
  readonly ca: Buffer;
  readonly headers: Record<string, string>;
} {
  return {
    host: process.env["KUBERNETES_SERVICE_HOST"] ?? "kubernetes.default.svc",
    port: Number(process.env["KUBERNETES_SERVICE_PORT"] ?? 443),
    ca: readFileSync(`${ACCOUNT}/ca.crt`),
    headers: { authorization: `Bearer ${readFileSync(`${ACCOUNT}/token`, "utf8").trim()}`, accept: "application/json" },
  };
}

/** Sends one request and gives the parsed answer; anything but 2xx is thrown. */
export async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  return JSON.parse(await send(method, path, body)) as T;
}

function send(method: string, path: string, body: unknown, timeoutMs = 5_000): Promise<string> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const { headers, ...server } = credentials();
    const call = request(
      {
        ...server,
        method,
        path,
        timeout: timeoutMs,
        headers: {
          ...headers,
          ...(text === undefined
            ? {}
            : {
                "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
                "content-length": Buffer.byteLength(text),
              }),
        },
      },
      (response) => {
        let answer = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          answer += chunk;
        });
        response.on("error", reject);
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(answer);
          else reject(new ApiFailure(status, `${method} ${path}: ${status} ${answer.slice(0, 200)}`));
        });
      },
    );
    call.on("timeout", () => call.destroy(new Error(`${method} ${path}: no answer within ${timeoutMs} ms`)));
    call.on("error", reject);
    call.end(text);
  });
}

interface Meta {
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly annotations?: Record<string, string>;
  readonly labels?: Record<string, string>;
}

export interface EndpointsObject {
  readonly metadata: Meta;
}

export interface PodObject {
  readonly metadata: Meta;
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export const endpoints = (namespace: string, name: string): Promise<EndpointsObject> =>
  api("GET", `/api/v1/namespaces/${namespace}/endpoints/${name}`);

export const patchEndpoints = (namespace: string, name: string, patch: unknown): Promise<EndpointsObject> =>
  api("PATCH", `/api/v1/namespaces/${namespace}/endpoints/${name}`, patch);

export const podsOf = (namespace: string, selector: string): Promise<{ readonly items: readonly PodObject[] }> =>
  api("GET", `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`);

export const patchPod = (namespace: string, name: string, patch: unknown): Promise<PodObject> =>
  api("PATCH", `/api/v1/namespaces/${namespace}/pods/${name}`, patch);
