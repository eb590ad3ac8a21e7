/** Placeholder until exec, attach and port-forward are here. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { KubeletError, type KubeletOptions } from "./server.ts";

export async function handleUpgrade(_request: IncomingMessage, _socket: Duplex, _head: Buffer, _options: KubeletOptions): Promise<void> {
  throw new KubeletError(501, "not yet");
}
