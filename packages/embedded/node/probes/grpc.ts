/** gRPC's health protocol (grpc.health.v1.Health/Check), as much of it as a probe needs. */

import { connect } from "node:http2";
import type { ProbeAnswer } from "./probe.ts";

/** SERVING in HealthCheckResponse.ServingStatus. */
const SERVING = 1;

/** Asks for the health of a service ("" = the server as a whole). */
export function checkGrpcHealth(host: string, port: number, service: string, timeoutMs: number): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const session = connect(`http://${host}:${port}`);
    const finish = (ok: boolean, output: string): void => {
      clearTimeout(timer);
      session.destroy();
      resolve({ ok, output });
    };
    const timer = setTimeout(() => finish(false, "timeout: health rpc did not complete in time"), timeoutMs);
    session.once("error", (error) => finish(false, error.message));
    const stream = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      te: "trailers",
      "user-agent": "kube-probe/1.34",
    });
    const chunks: Buffer[] = [];
    let failure: string | undefined;
    const readStatus = (headers: Record<string, unknown>): void => {
      const status = headers["grpc-status"];
      if (status !== undefined && status !== "0")
        failure = `service unhealthy: grpc status ${status} ${headers["grpc-message"] ?? ""}`;
    };
    stream.on("response", readStatus).on("trailers", readStatus);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.once("error", (error) => finish(false, error.message));
    stream.once("end", () => {
      const status = servingStatus(Buffer.concat(chunks));
      if (failure !== undefined) finish(false, failure);
      else finish(status === SERVING, status === SERVING ? "" : `service unhealthy (responded with ${status})`);
    });
    stream.end(healthRequest(service));
  });
}

/** A length-prefixed message: field 1, the service's name. */
function healthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** Field 1 of the answer, a varint. */
function servingStatus(frame: Buffer): number {
  const message = frame.subarray(5);
  return message[0] === 0x08 ? (message[1] ?? 0) : 0;
}
