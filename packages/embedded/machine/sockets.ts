/** Listening and relaying so that no connection, and no lack of file descriptors, ends the program. */

import type { ListenOptions, Server, Socket } from "node:net";

/** Connections beyond are refused by closing them: a program has other uses for its file descriptors. */
const MOST_CONNECTIONS = 4096;

/**
 * Starts to listen. Rejects with the system's error (`EADDRINUSE`, `EACCES`) when that cannot be; what goes wrong afterwards (`EMFILE`
 * at a new connection) is told to `onFailure` and concerns only that connection.
 */
export function listen(server: Server, at: ListenOptions, onFailure: (error: Error) => void = () => {}): Promise<void> {
  server.maxConnections ??= MOST_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(at, () => {
      server.off("error", reject);
      server.on("error", onFailure);
      resolve();
    });
  });
}

/** Bytes both ways; an end of one side is passed on, and a failure of one ends both. */
export function relayBytes(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.on("error", () => to.destroy());
    from.on("close", () => {
      if (!from.readableEnded) to.destroy();
    });
    from.pipe(to);
  }
}
