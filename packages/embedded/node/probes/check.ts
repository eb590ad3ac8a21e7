/** One look of a probe: by HTTP, by TCP, by a command in the container, or by gRPC's health protocol. */

import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { Container, Probe } from "@keelson/kube";
import { checkGrpcHealth } from "./grpc.ts";
import type { ProbeAnswer } from "./probe.ts";

/** What a check may use of the container. */
export interface ProbeTarget {
  readonly container: Container;
  readonly podIP: string;
  exec(command: readonly string[], timeoutMs: number): Promise<{ exitCode: number; output: string; timedOut: boolean }>;
}

export type Handler = Pick<Probe, "exec" | "httpGet" | "tcpSocket"> & { grpc?: { port: number; service?: string } };

const MAX_OUTPUT = 1024;

/** Never throws: whatever goes wrong is a failing answer that says why. */
export async function checkProbe(handler: Handler, target: ProbeTarget, timeoutMs: number): Promise<ProbeAnswer> {
  try {
    if (handler.exec !== undefined) return await checkExec(handler.exec.command ?? [], target, timeoutMs);
    if (handler.httpGet !== undefined) return await checkHttp(handler.httpGet, target, timeoutMs);
    if (handler.tcpSocket !== undefined) {
      return await checkTcp(
        handler.tcpSocket.host ?? target.podIP,
        portNumber(handler.tcpSocket.port, target.container),
        timeoutMs,
      );
    }
    if (handler.grpc !== undefined)
      return await checkGrpcHealth(target.podIP, handler.grpc.port, handler.grpc.service ?? "", timeoutMs);
    return { ok: true, output: "" };
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : String(error) };
  }
}

async function checkExec(command: readonly string[], target: ProbeTarget, timeoutMs: number): Promise<ProbeAnswer> {
  const { exitCode, output, timedOut } = await target.exec(command, timeoutMs);
  if (timedOut)
    return {
      ok: false,
      output: `command timed out: ${JSON.stringify(command.join(" "))} timed out after ${timeoutMs / 1000}s`,
    };
  return { ok: exitCode === 0, output: output.slice(0, MAX_OUTPUT) };
}

/** The number of a port that is given by number or by one of the container's names for it. */
export function portNumber(port: number | string, container: Container): number {
  if (typeof port === "number") return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  const number = named ?? Number.parseInt(port, 10);
  if (Number.isNaN(number)) throw new Error(`couldn't find port: ${port}`);
  return number;
}

/** 200 to 399 is a success, as the kubelet sees it; redirects are not followed off the host. Certificates are not checked. */
export function checkHttp(
  get: NonNullable<Handler["httpGet"]>,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeAnswer> {
  const host = get.host ?? target.podIP;
  const port = portNumber(get.port as number | string, target.container);
  const headers = Object.fromEntries((get.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  const secure = get.scheme === "HTTPS";
  const options = {
    host,
    port,
    path: get.path ?? "/",
    timeout: timeoutMs,
    signal: AbortSignal.timeout(timeoutMs),
    agent: false as const,
    headers: { "User-Agent": "kube-probe/1.34", Accept: "*/*", Connection: "close", ...headers },
  };
  return new Promise((resolve) => {
    const request = (secure ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options)).once(
      "response",
      (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => {
          if (body.length < MAX_OUTPUT) body += chunk.toString();
        });
        response.once("end", () => {
          const status = response.statusCode ?? 0;
          const ok = status >= 200 && status < 400;
          resolve({ ok, output: ok ? body : `HTTP probe failed with statuscode: ${status}` });
        });
        response.once("error", (error) => resolve({ ok: false, output: error.message }));
      },
    );
    const url = `${secure ? "https" : "http"}://${host}:${port}${get.path ?? "/"}`;
    request.once("error", (error) => {
      const why =
        error.name === "TimeoutError" || error.name === "AbortError"
          ? "context deadline exceeded"
          : dialFailure(error, host, port);
      resolve({ ok: false, output: `Get "${url}": ${why}` });
    });
    request.end();
  });
}

/** In the words of Go's library, which people search for. */
function dialFailure(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === "ECONNREFUSED") return `dial tcp ${host}:${port}: connect: connection refused`;
  if (error.code === "EHOSTUNREACH") return `dial tcp ${host}:${port}: connect: no route to host`;
  return error.message;
}

function checkTcp(host: string, port: number, timeoutMs: number): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (answer: ProbeAnswer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => finish({ ok: false, output: `dial tcp ${host}:${port}: i/o timeout` }));
    socket.once("connect", () => finish({ ok: true, output: "" }));
    socket.once("error", (error) => finish({ ok: false, output: dialFailure(error, host, port) }));
  });
}
