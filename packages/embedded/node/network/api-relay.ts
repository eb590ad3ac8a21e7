/** Relays bytes between the node's network and the host's: the API server for pods, pods for the host. */

import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { listen, relayBytes } from "../../machine/sockets.ts";

/** Pods and the node reach the API server here; it listens on a unix socket of the host. */
export async function startApiRelay(options: { address: string; port: number; apiSocket: string }): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
    relayBytes(client, connect({ path: options.apiSocket, allowHalfOpen: true })),
  );
  await listen(server, { host: options.address, port: options.port });
  return server;
}

interface RelayTarget {
  readonly host: string;
  readonly port: number;
}

/** A request line longer than this is none. */
const LONGEST_REQUEST = 1024;

/**
 * The host reaches pods and services here: one line of JSON `{"host":"10.244.1.5","port":5432}`, answered by `ok` or
 * `error: why` and a newline, then raw bytes both ways.
 */
export async function startHostRelay(path: string): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer({ allowHalfOpen: true }, (client) => {
    client.on("error", () => client.destroy());
    readRequest(client)
      .then((target) => dial(client, target))
      .catch((error: Error) => client.end(`error: ${error.message}\n`));
  });
  await listen(server, { path });
  return server;
}

function readRequest(client: Socket): Promise<RelayTarget> {
  return new Promise((resolve, reject) => {
    let text = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      text = Buffer.concat([text, chunk]);
      const end = text.indexOf(10);
      if (end < 0 && text.length < LONGEST_REQUEST) return;
      client.off("data", onData).pause();
      if (end < 0) {
        reject(new Error("no request line"));
        return;
      }
      if (text.length > end + 1) client.unshift(text.subarray(end + 1));
      try {
        const { host, port } = JSON.parse(text.subarray(0, end).toString()) as RelayTarget;
        if (typeof host !== "string" || !Number.isInteger(port)) throw new Error("host and port are needed");
        resolve({ host, port });
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    client.on("data", onData);
  });
}

function dial(client: Socket, target: RelayTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    const upstream = connect({ ...target, allowHalfOpen: true, noDelay: true });
    upstream.once("error", reject);
    upstream.once("connect", () => {
      upstream.off("error", reject);
      client.write("ok\n");
      relayBytes(client, upstream);
      resolve();
    });
    client.once("close", () => upstream.destroy());
  });
}
