/** Connections into the cluster's network, through a node's relay socket. */
import { connect, type Socket } from "node:net";

/** Where a connection should end inside the cluster. */
export interface RelayTarget {
  readonly host: string;
  readonly port: number;
}

/** Longest wait for a node to answer. A node that is gone refuses at once; one that hangs must not hold clients. */
const ANSWER_MS = 5_000;
/** Longest answer line. */
const LONGEST_LINE = 4_096;

/**
 * Opens a connection through the first of the sockets that leads there. What one node says about the target (nobody listens) holds
 * for all; only nodes that cannot be asked are passed over.
 */
export async function openRelay(sockets: readonly string[], target: RelayTarget): Promise<Socket> {
  let last: unknown = new Error("no node is there to relay");
  for (const path of sockets) {
    try {
      return await ask(path, target);
    } catch (error) {
      last = error;
      if (error instanceof TargetRefused) break;
    }
  }
  throw last;
}

/** The node was asked, and the target did not take the connection. */
export class TargetRefused extends Error {}

/** One line of JSON, one line of answer, then bytes. */
function ask(path: string, target: RelayTarget): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ path, allowHalfOpen: true });
  let answer = Buffer.alloc(0);
  const fail = (error: Error) => {
    socket.destroy();
    reject(error);
  };
  const timer = setTimeout(() => fail(new Error(`no answer from ${path}`)), ANSWER_MS);
  const onEnd = () => fail(new Error(`${path} closed without an answer`));
  const onData = (chunk: Buffer) => {
    answer = Buffer.concat([answer, chunk]);
    const end = answer.indexOf("\n");
    if (end < 0) {
      if (answer.length > LONGEST_LINE) fail(new Error(`no relay at ${path}`));
      return;
    }
    clearTimeout(timer);
    socket.off("data", onData).off("end", onEnd).off("error", fail).pause();
    const line = answer.subarray(0, end).toString("utf8");
    if (line !== "ok") return fail(new TargetRefused(line));
    const early = answer.subarray(end + 1);
    if (early.length > 0) socket.unshift(early);
    resolve(socket);
  };
  socket.on("data", onData).on("end", onEnd).on("error", fail);
  socket.once("connect", () => socket.write(`${JSON.stringify({ host: target.host, port: target.port })}\n`));
  return promise.finally(() => clearTimeout(timer));
}
