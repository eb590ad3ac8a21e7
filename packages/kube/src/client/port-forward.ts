/**
 * Connections to ports of pods, over the WebSocket protocol `v4.channel.k8s.io`: two channels per port (data, error), each of which
 * begins with the port's number. Every kubelet and container runtime serves it; it has no half-close, so ending either side ends both.
 */
import { Duplex } from "node:stream";
import { kindPath, type Ref } from "../kind.ts";
import { kinds } from "../kinds.ts";
import { ConnectionError } from "./api-error.ts";
import type { Transport } from "./transport.ts";

const dataChannel = 0;
const errorChannel = 1;
const portHeaderBytes = 2;

/** One connection to one port. */
export async function openPortForward(
  transport: Transport,
  pod: Ref,
  port: number,
  signal?: AbortSignal,
): Promise<Duplex> {
  const path = kindPath(kinds.Pod, { ...pod, subresource: "portforward" });
  const what = `port-forward to ${pod.namespace ?? "default"}/${pod.name}:${port}`;
  const socket = await transport.webSocket(path, { ports: String(port) }, ["v4.channel.k8s.io"], signal);
  const headerLeft = [portHeaderBytes, portHeaderBytes];

  const duplex = new Duplex({
    allowHalfOpen: false,
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) =>
      socket.send(Buffer.concat([Buffer.of(dataChannel), chunk]), (error) => done(error)),
    final: (done) => {
      socket.close();
      done();
    },
    destroy: (error, done) => {
      socket.terminate();
      done(error);
    },
  });
  socket.on("message", (message: Buffer) => {
    const id = message[0] ?? dataChannel;
    const skip = Math.min(headerLeft[id] ?? 0, message.length - 1);
    headerLeft[id] = (headerLeft[id] ?? 0) - skip;
    const payload = message.subarray(1 + skip);
    if (payload.length === 0) return;
    if (id === errorChannel)
      duplex.destroy(new ConnectionError(`${what}: ${payload.toString().trim()}`, { code: "REFUSED", unsent: true }));
    else if (!duplex.push(payload)) socket.pause();
  });
  socket.on("error", (error) => duplex.destroy(error));
  socket.on("close", () => duplex.push(null));
  socket.resume();
  const onAbort = () => duplex.destroy(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  duplex.once("close", () => signal?.removeEventListener("abort", onAbort));
  return duplex;
}
